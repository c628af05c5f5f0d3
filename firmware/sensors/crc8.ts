/** CRC-8 with polynomial 0x31, as Sensirion has it, most significant bit first. @param crc where it begins */
export function crc8(bytes: Uint8Array, crc: number): number {
  for (let i = 0; i < bytes.length; i++) {
    crc ^= bytes[i];
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x80 ? 0x31 : 0)) & 0xff;
  }
  return crc;
}

/** The same polynomial as Maxim has it, least significant bit first, beginning with 0: 0 over data with their CRC. */
export function crc8Reflected(bytes: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) {
    crc ^= bytes[i];
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0x8c : 0);
  }
  return crc;
}
