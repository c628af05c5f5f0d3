/** No device answered on a bus. The message names the bus and the address or pin. */
export class NoAnswerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoAnswerError';
  }
}
