import { systemError } from './errors.ts';
import type { Netdev } from './netdev.ts';
import { Duplex } from './stream.ts';

type Done = (error?: Error) => void;

/** Kaluma's `net`, client side. */
export function makeNet(netdev: () => Netdev, later: (callback: () => void) => void) {
  class Socket extends Duplex {
    localAddress: string | null = null;
    localPort: number | null = null;
    remoteAddress: string | null = null;
    remotePort: number | null = null;
    _fd = -1;
    _dev: Netdev;

    constructor() {
      super(later);
      this._dev = netdev();
    }

    connect(options: { host: string; port: number }, connectListener?: () => void): this {
      const fd = this._dev.socket('AF_INET', 'STREAM');
      if (connectListener) this.on('connect', connectListener);
      this._fd = fd;
      const socket = this._dev.get(fd);
      if (socket !== undefined) {
        const copyAddresses = () => {
          this.localAddress = socket.laddr;
          this.localPort = socket.lport;
          this.remoteAddress = socket.raddr;
          this.remotePort = socket.rport;
        };
        copyAddresses();
        socket.connect_cb = () => {
          copyAddresses();
          this.emit('connect');
        };
        socket.close_cb = () => this._afterDestroy();
        socket.read_cb = (data) => this.push(data);
        socket.shutdown_cb = () => this._afterEnd();
      }
      this._dev.connect(fd, options.host, options.port, (error) => {
        if (error) this.emit('error', systemError(this._dev.errno));
        else this.emit('ready');
      });
      return this;
    }

    override _destroy(done: Done): void {
      this._dev.close(this._fd, () => done());
    }

    override _write(data: string, done: Done): void {
      this._dev.write(this._fd, data, () => done());
    }

    override _final(done: Done): void {
      this._dev.shutdown(this._fd, 1, () => done());
    }
  }

  const createConnection = (options: { host: string; port: number }, listener?: () => void) => {
    const client = new Socket();
    if (listener) client.connect(options, listener);
    return client;
  };
  return { Socket, createConnection, connect: createConnection };
}
