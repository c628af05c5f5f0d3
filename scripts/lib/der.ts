/** Writes DER (ITU-T X.690), as far as this project's certificates and requests need it. */

/** Tag numbers (X.680, section 8.4). */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One value: tag, length in the shortest form, content. */
export function tagged(tag: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 128) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length = Buffer.from(body.length.toString(16).padStart(8, '0'), 'hex');
  const first = length.findIndex((byte) => byte !== 0);
  return Buffer.concat([Buffer.of(tag, 0x80 | (4 - first)), length.subarray(first), body]);
}

export function sequence(...content: Uint8Array[]): Buffer {
  return tagged(TAG.sequence, ...content);
}

/** A SET of one element. More elements would have to be sorted. */
export function set(element: Uint8Array): Buffer {
  return tagged(TAG.set, element);
}

/** Puts an explicit tag [n] around a value. */
export function explicit(n: number, ...content: Uint8Array[]): Buffer {
  return tagged(0xa0 | n, ...content);
}

/** Replaces a primitive value's own tag by [n]. */
export function implicit(n: number, content: Uint8Array): Buffer {
  return tagged(0x80 | n, content);
}

/** @param value a number from 0 on, or the big-endian bytes of one */
export function integer(value: number | Uint8Array): Buffer {
  const hex = typeof value === 'number' ? value.toString(16) : Buffer.from(value).toString('hex');
  const digits = hex.replace(/^0+(?=.)/, '');
  const bytes = Buffer.from(digits.length % 2 === 1 ? `0${digits}` : digits, 'hex');
  return tagged(TAG.integer, bytes[0] > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

export function boolean(value: boolean): Buffer {
  return tagged(TAG.boolean, Buffer.of(value ? 0xff : 0));
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return tagged(TAG.bitString, Buffer.of(unusedBits), bytes);
}

export function octetString(...content: Uint8Array[]): Buffer {
  return tagged(TAG.octetString, ...content);
}

export function nul(): Buffer {
  return tagged(TAG.null);
}

/** @param dotted such as `2.5.29.15`. The first arc is 2, or the first two are below 2 and 40. */
export function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 127];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift(128 | (left & 127));
    return groups;
  });
  return tagged(TAG.oid, Buffer.from(bytes));
}

export function utf8String(text: string): Buffer {
  return tagged(TAG.utf8String, Buffer.from(text, 'utf8'));
}

export function printableString(text: string): Buffer {
  return tagged(TAG.printableString, Buffer.from(text, 'latin1'));
}

/** UTCTime up to 2049, GeneralizedTime after that, as RFC 5280, section 4.1.2.5, requires. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050
    ? tagged(TAG.utcTime, Buffer.from(digits.slice(2), 'latin1'))
    : tagged(TAG.generalizedTime, Buffer.from(digits, 'latin1'));
}
