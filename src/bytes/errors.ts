/** The bytes do not follow their format: a length does not fit, a vector ends early or has bytes left over. */
export class DecodeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DecodeError';
  }
}
