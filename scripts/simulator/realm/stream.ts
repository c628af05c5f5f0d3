import { EventEmitter } from './events.ts';

type Done = (error?: Error) => void;

/**
 * Kaluma's Duplex, the base of its sockets. What is written gathers in a string that the next timer turn hands on in one
 * piece; whether it arrived is never known.
 */
export abstract class Duplex extends EventEmitter {
  destroyed = false;
  _wbuf = '';
  writableEnded = false;
  writableFinished = false;
  readableEnded = false;
  private readonly later: (callback: () => void) => void;

  /** @param later setTimeout(callback, 0) */
  constructor(later: (callback: () => void) => void) {
    super();
    this.later = later;
    // The program sees Kaluma's own properties only.
    Object.defineProperty(this, 'later', { enumerable: false });
  }

  abstract _destroy(done: Done): void;
  abstract _write(data: string, done: Done): void;
  abstract _final(done: Done): void;

  destroy(): void {
    if (this.destroyed) return;
    this._destroy((error) => {
      if (error) this.emit('error', error);
      else this._afterDestroy();
    });
  }

  _afterDestroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }

  _afterEnd(): void {
    if (this.readableEnded) return;
    this.readableEnded = true;
    this.emit('end');
  }

  _afterFinish(): void {
    if (this.writableFinished) return;
    this.emit('finish');
    this.writableFinished = true;
  }

  push(chunk: Uint8Array): this {
    this.emit('data', chunk);
    return this;
  }

  write(chunk?: Uint8Array | string, done?: () => void): boolean {
    if (!this.writableEnded) {
      this.append(chunk);
      this.later(() => this.flush());
      if (done) done();
    }
    return this._wbuf.length === 0;
  }

  end(chunk?: Uint8Array | string | (() => void), done?: () => void): this {
    if (typeof chunk === 'function') {
      done = chunk;
      chunk = undefined;
    }
    this.append(chunk);
    if (done) this.once('finish', done);
    this.writableEnded = true;
    if (this._wbuf.length > 0) this.flush(() => this.finish());
    else this.finish();
    return this;
  }

  flush(done?: () => void): void {
    if (this.writableFinished || this._wbuf.length === 0) {
      if (done) done();
      return;
    }
    const data = this._wbuf;
    this._write(data, (error) => {
      if (error) {
        this._wbuf = '';
        this.emit('error', error);
      } else {
        // The native call has already come back: the buffer still holds what was just sent, so this always waits.
        this.later(() => this.flush(done));
      }
    });
    this._wbuf = '';
  }

  finish(): void {
    if (!this.writableEnded || this._wbuf.length > 0) return;
    this._final((error) => {
      if (error) this.emit('error', error);
      else this._afterFinish();
    });
  }

  private append(chunk: Uint8Array | string | undefined): void {
    if (!chunk) return;
    this._wbuf += chunk instanceof Uint8Array ? String.fromCharCode.apply(null, chunk as unknown as number[]) : chunk;
  }
}
