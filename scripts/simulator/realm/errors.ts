/** Kaluma's SystemError and its checks of arguments, to the letter of their messages. */

const MESSAGES: Record<number, string> = {
  2: 'No such file or directory',
  6: 'No such device or address',
  9: 'Bad file number',
  17: 'File exists',
  20: 'Not a directory',
  21: 'Is a directory',
  22: 'Invalid argument',
  28: 'No space left on device',
  36: 'File name too long',
  39: 'Directory not empty',
  121: 'Remote I/O error',
  140: 'Invalid pin number',
  142: 'Storage full',
  144: 'Data too long',
  145: 'Device Init/Deinit Error',
  146: 'Device Read Error',
  147: 'Device Write Error',
};

/** An Error in its prototype chain only, without a stack; its code is below zero. */
export function SystemError(this: { errno: number; message: string }, errno: number): void {
  checkNumber(errno, 'errno');
  this.errno = errno > 0 ? -errno : errno;
  this.message = MESSAGES[-this.errno] ?? 'Unknown error';
}
SystemError.prototype = Object.create(Error.prototype, {
  constructor: { value: SystemError, writable: true, configurable: true },
}) as object;

export function systemError(errno: number): Error {
  return new (SystemError as unknown as new (errno: number) => Error)(errno);
}

/** Throws if a native call returned an error code, else returns the result. */
export function checked(result: number): number {
  if (result < 0) throw systemError(result);
  return result;
}

export function checkNumber(value: unknown, name: string): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(`"${name}" argument must be a number`);
}

export function checkString(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw new TypeError(`"${name}" argument must be a string`);
}

export function checkFunction(value: unknown, name: string): void {
  if (typeof value !== 'function') throw new TypeError(`"${name}" argument must be a function`);
}

export function raise(error: Error): never {
  throw error;
}
