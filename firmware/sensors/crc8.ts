/** CRC-8 with polynomial 0x31, most significant bit first, as Sensirion uses it. @param crc the initial value */
export function crc8(bytes: Uint8Array, crc: number): number {
  for (let i = 0; i < bytes.length; i++) {
    crc ^= bytes[i];
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x80 ? 0x31 : 0)) & 0xff;
  }
  return crc;
}

/**
 * CRC-8 with the same polynomial, least significant bit first, as Maxim uses it. The result is 0 for data followed by
 * their CRC.
 */
export function crc8Reflected(bytes: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) {
    crc ^= bytes[i];
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0x8c : 0);
  }
  return crc;
}
