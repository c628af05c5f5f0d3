/** CRC-16/XMODEM (polynomial 0x1021, initial value 0) of `length` values from 0 to 255; `at` returns one of them. */
export function crc16(length: number, at: (index: number) => number): number {
  let crc = 0;
  for (let i = 0; i < length; i++) {
    let x = (crc >> 8) ^ at(i);
    x ^= x >> 4;
    crc = ((crc << 8) ^ (x << 12) ^ (x << 5) ^ x) & 0xffff;
  }
  return crc;
}
