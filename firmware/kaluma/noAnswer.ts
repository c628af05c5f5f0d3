/** Nobody answered on a bus: the message says which bus and which address or pin. */
export class NoAnswerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoAnswerError';
  }
}
