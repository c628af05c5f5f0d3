/**
 * The sending side of YMODEM (Chuck Forsberg, "XMODEM/YMODEM Protocol Reference", 1988), for Kaluma 1.2.1. Kaluma's
 * receiver accepts no packet twice: a packet that is sent again because its acknowledgement was lost is refused with
 * NAK, and so is every packet after it. So a NAK ends the attempt, and the caller starts again. @kaluma/cli is not
 * used, because it waits without limit for a lost reply, repeats what was refused, and reads nothing back.
 */
import type { LineReader, SerialLine } from './line.ts';

const SOH = 0x01;
const STX = 0x02;
const EOT = 0x04;
const ACK = 0x06;
const NAK = 0x15;
const CAN = 0x18;
/** 'C': the receiver waits, or found a damaged packet, and wants CRC-16. */
const WANT = 0x43;

const PACKET = 1024;
/**
 * ms without a sign of the receiver. While it waits it asks each second, but before it acknowledges the file's name it
 * erases 512 KB of flash.
 */
const PATIENCE = 20_000;
const TRIES = 5;

/** An attempt failed; another one may succeed. */
export class TransferError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TransferError';
  }
}

/**
 * Sends one file to a receiver that asks for it.
 * @param onProgress called with the number of acknowledged bytes
 * @throws TransferError if the receiver gives up, stays silent or loses count; LineClosedError
 */
export async function sendFile(
  line: SerialLine,
  reader: LineReader,
  name: string,
  bytes: Uint8Array,
  onProgress: (sent: number) => void,
): Promise<void> {
  const sender = new Sender(line, reader);
  await sender.invitation();
  // Kaluma reads the size up to a blank.
  const header = Buffer.alloc(128);
  header.write(`${name}\0${bytes.length} `, 'latin1');
  await sender.exchange(packet(0, header), 'the file name');
  await sender.invitation();
  for (let at = 0, number = 1; at < bytes.length; at += PACKET, number++) {
    const data = Buffer.alloc(PACKET, 0x1a);
    data.set(bytes.subarray(at, at + PACKET));
    await sender.exchange(packet(number, data), `byte ${at}`);
    onProgress(Math.min(at + PACKET, bytes.length));
  }
  await sender.exchange(Uint8Array.of(EOT), 'the end of the file');
  await sender.exchange(packet(0, Buffer.alloc(128)), 'the end of the session');
}

/** Ends a transfer in which a receiver may still be waiting. */
export async function cancelTransfer(line: SerialLine): Promise<void> {
  await line.write(Uint8Array.of(CAN, CAN));
}

class Sender {
  private readonly line: SerialLine;
  private readonly reader: LineReader;

  constructor(line: SerialLine, reader: LineReader) {
    this.line = line;
    this.reader = reader;
  }

  /** Waits for the receiver's 'C'. */
  async invitation(): Promise<void> {
    for (;;) {
      const reply = await this.reader.byte(PATIENCE);
      if (reply === null) throw new TransferError('the board does not ask for the file');
      if (reply === WANT) return;
    }
  }

  /** Sends a packet until it is acknowledged. */
  async exchange(bytes: Uint8Array, what: string): Promise<void> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      this.reader.clear();
      await this.line.write(bytes);
      const reply = await this.reply();
      if (reply === ACK) return;
      if (reply === NAK) throw new TransferError(`the board lost count at ${what}`);
      if (reply === CAN) throw new TransferError(`the board cancelled at ${what}`);
    }
    throw new TransferError(`no acknowledgement of ${what} after ${TRIES} tries`);
  }

  /** The next byte that has a meaning for a sender. */
  private async reply(): Promise<number | null> {
    for (;;) {
      const byte = await this.reader.byte(PATIENCE);
      if (byte === null || byte === ACK || byte === NAK || byte === CAN || byte === WANT) return byte;
    }
  }
}

/** Encodes a packet: start, number, its complement, 128 or 1,024 bytes, CRC-16. */
function packet(number: number, data: Buffer): Uint8Array {
  const bytes = Buffer.alloc(data.length + 5);
  bytes[0] = data.length === PACKET ? STX : SOH;
  bytes[1] = number & 255;
  bytes[2] = ~number & 255;
  bytes.set(data, 3);
  bytes.writeUInt16BE(crc16(data), data.length + 3);
  return bytes;
}

/** CRC-16/XMODEM: polynomial 1021, initial value 0. */
export function crc16(data: Uint8Array): number {
  let crc = 0;
  for (const byte of data) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
}
