/** Kaluma's `events`: listeners are called at once, in order, from a copy of the list; an exception reaches the emitter. */
type Listener = (...values: unknown[]) => void;
interface OnceListener extends Listener {
  listener?: Listener;
}

export class EventEmitter {
  _events: Record<string, OnceListener[] | undefined> = {};

  emit(type: string, ...values: unknown[]): boolean {
    const listeners = this._events[type];
    if (listeners === undefined) {
      if (type !== 'error') return false;
      throw values[0] instanceof Error ? values[0] : Error("Uncaught 'error' event");
    }
    for (const listener of listeners.slice()) listener.apply(this, values);
    return true;
  }

  addListener(type: string, listener: Listener): this {
    if (typeof listener !== 'function') throw new TypeError('listener must be a function');
    (this._events[type] ??= []).push(listener);
    return this;
  }

  on(type: string, listener: Listener): this {
    return this.addListener(type, listener);
  }

  once(type: string, listener: Listener): this {
    if (typeof listener !== 'function') throw new TypeError('listener must be a function');
    const wrapper: OnceListener = (...values) => {
      this.removeListener(type, wrapper);
      listener.apply(this, values);
    };
    wrapper.listener = listener;
    return this.addListener(type, wrapper);
  }

  removeListener(type: string, listener: Listener): this {
    if (typeof listener !== 'function') throw new TypeError('listener must be a function');
    const listeners = this._events[type] ?? [];
    for (let i = listeners.length - 1; i >= 0; i--) {
      if (listeners[i] !== listener && listeners[i].listener !== listener) continue;
      listeners.splice(i, 1);
      break;
    }
    if (listeners.length === 0) delete this._events[type];
    return this;
  }

  off(type: string, listener: Listener): this {
    return this.removeListener(type, listener);
  }

  removeAllListeners(type?: string): this {
    if (type === undefined) this._events = {};
    else delete this._events[type];
    return this;
  }

  listeners(type: string): Listener[] {
    return this._events[type] ?? [];
  }

  listenerCount(type: string): number {
    return this.listeners(type).length;
  }
}
