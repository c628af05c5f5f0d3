/**
 * A stand-in for a board on its serial port: Kaluma 1.2.1's prompt and its YMODEM receiver, whose C it follows
 * (repl.c, ymodem.c, prog.c), weaknesses included. Faults damage, lose or double what passes.
 */
import { crc16 } from '../../scripts/serial/ymodem.ts';

export interface SerialFaults {
  /** Called with each packet of the sender, first byte SOH, STX or EOT; returns what arrives, and how often. */
  toBoard?: (packet: Buffer) => Buffer[];
  /** Called with each reply byte of the receiver; returns what arrives. */
  fromBoard?: (reply: number) => number[];
}

/**
 * ms without a packet after which the receiver asks for one, as the real one does. A sender on a busy PC that is asked sooner
 * sends a packet twice, and the receiver counts both.
 */
const ASKS = 1000;
const [SOH, STX, EOT, ACK, NAK, CAN, WANT] = [0x01, 0x02, 0x04, 0x06, 0x15, 0x18, 0x43];

export class KalumaSerial {
  /** The program area, without its NUL. */
  program = '';
  /** Whether the program runs; a reset of the chip starts it again. */
  running = true;
  /** Called when the chip resets: the port goes away. */
  onReset: () => void = () => undefined;
  faults: SerialFaults = {};
  private readonly send: (bytes: Buffer) => void;
  private echo = true;
  private typed = '';
  private transfer: Transfer | null = null;

  constructor(send: (bytes: Buffer) => void) {
    this.send = send;
  }

  /** Receives bytes from the cable; a packet comes in one piece. */
  receive(bytes: Buffer): void {
    if (this.transfer !== null && [SOH, STX, EOT].includes(bytes[0])) {
      for (const packet of this.faults.toBoard?.(bytes) ?? [bytes]) this.transfer.packet(packet);
      return;
    }
    for (const byte of bytes) {
      if (this.transfer !== null) this.transfer.byte(byte);
      else this.key(byte);
    }
  }

  /** Sends the board's output. */
  print(text: string): void {
    this.send(Buffer.from(text, 'latin1'));
  }

  stop(): void {
    this.transfer?.stop();
    this.transfer = null;
  }

  private key(byte: number): void {
    if (byte === 0x04) {
      this.running = false;
      this.print('\r\nsoft reset\r\n');
      this.prompt();
    } else if (byte === 0x0d) {
      const text = this.typed;
      this.typed = '';
      if (this.echo) this.print('\r\n');
      this.run(text);
    } else {
      this.typed += String.fromCharCode(byte);
      if (this.echo) this.print(String.fromCharCode(byte));
    }
  }

  private run(text: string): void {
    if (text === '.flash -w') return this.startTransfer();
    const reading = /^\(b=>\{.*\.read\(0,b,(\d+)\);.*Uint8Array\((\d+)\)\)$/.exec(text);
    const writing = /^\(b=>\{((?:b\[\d+\]=\d+;)*)new.*\.write\(0,b,(\d+)\)/.exec(text);
    if (writing !== null) {
      for (const [, i, byte] of writing[1].matchAll(/b\[(\d+)\]=(\d+);/g))
        this.clear(Number(writing[2]) + Number(i), Number(byte));
      this.print('\x1b[90mundefined\x1b[0m\r\n');
    } else if (reading !== null)
      this.print(`\x1b[93m'${this.area(Number(reading[1]), Number(reading[2]))}'\x1b[0m\r\n`);
    else if (text === '.echo off') this.echo = false;
    else if (text === '.echo on') this.echo = true;
    else if (text.includes('WDT')) return this.reset();
    else if (text.startsWith('.')) this.print(`\x1b[31mUnknown command: ${text}\r\n`);
    else if (/^'\w+'\+\d+$/.test(text)) this.print(`\x1b[93m'${text.replace("'+", '').slice(1)}'\x1b[0m\r\n`);
    else if (text !== '') this.print('\x1b[31mSyntaxError: Unexpected character\r\n\x1b[0m');
    this.prompt();
  }

  private clear(at: number, byte: number): void {
    const { program } = this;
    this.program = program.slice(0, at) + String.fromCharCode(program.charCodeAt(at) & byte) + program.slice(at + 1);
  }

  /** What is in flash behind the program is erased. */
  private area(start: number, length: number): string {
    return Buffer.from(`${this.program}\0`.padEnd(start + length, '\xff'), 'latin1')
      .subarray(start, start + length)
      .toString('base64')
      .replace(/.{72}(?=.)/g, '$&\n');
  }

  private prompt(): void {
    this.print('\x1b[0m');
    if (this.echo) this.print('\r\x1b7> \x1b[H\x1b[900C\x1b[6n\x1b8\x1b[2C');
  }

  private reset(): void {
    this.running = true;
    this.onReset();
  }

  private startTransfer(): void {
    this.print("Transfer a file via YMODEM... (press 'a' to abort)\r\n");
    this.transfer = new Transfer(
      (reply) => this.send(Buffer.from(this.faults.fromBoard?.(reply) ?? [reply])),
      () => (this.program = ''),
      (outcome, program) => {
        this.transfer = null;
        if (program !== null) this.program = program;
        this.print(`\r\n${outcome}\r\n`);
        this.prompt();
      },
    );
  }
}

/** km_ymodem_receive. */
class Transfer {
  private readonly reply: (byte: number) => void;
  private readonly begin: () => void;
  private readonly end: (outcome: string, program: string | null) => void;
  private received = 0;
  private remaining = 0;
  private text = '';
  private cancels = 0;
  private timer: NodeJS.Timeout;

  constructor(
    reply: (byte: number) => void,
    begin: () => void,
    end: (outcome: string, program: string | null) => void,
  ) {
    this.reply = reply;
    this.begin = begin;
    this.end = end;
    this.timer = setTimeout(() => this.timeout(), ASKS);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  byte(byte: number): void {
    this.cancels = byte === CAN ? this.cancels + 1 : 0;
    if (byte === 0x61 || byte === 0x41 || this.cancels === 2) this.finish('Aborted', null);
  }

  packet(packet: Buffer): void {
    this.stop();
    this.timer = setTimeout(() => this.timeout(), ASKS);
    if (packet[0] === EOT) {
      this.received = 0;
      this.reply(ACK);
      return;
    }
    const data = packet.subarray(3, -2);
    const whole = packet.length === (packet[0] === STX ? 1029 : 133);
    if (!whole || packet[1] !== (packet[2] ^ 255) || crc16(data) !== packet.readUInt16BE(packet.length - 2)) {
      this.reply(WANT);
      return;
    }
    // The real one counts a packet that it refuses.
    if (packet[1] !== (this.received & 255)) this.reply(NAK);
    else if (this.received > 0) this.data(data);
    else if (data[0] !== 0) this.header(data);
    else {
      this.reply(ACK);
      this.finish('Done', this.text);
      return;
    }
    this.received++;
  }

  private header(data: Buffer): void {
    const size = /^[^\0]+\0(\d+) /.exec(data.toString('latin1'));
    this.remaining = Number(size?.[1]);
    this.text = '';
    this.begin();
    this.reply(ACK);
    this.reply(WANT);
  }

  private data(data: Buffer): void {
    this.text += data.toString('latin1', 0, Math.min(this.remaining, data.length));
    this.remaining -= Math.min(this.remaining, data.length);
    this.reply(ACK);
  }

  private timeout(): void {
    this.reply(WANT);
    this.timer = setTimeout(() => this.timeout(), ASKS);
  }

  private finish(outcome: string, program: string | null): void {
    this.stop();
    this.end(outcome, program);
  }
}
