/**
 * Written by scripts/generate/sha256Block.ts, which explains it; do not edit. @noble/hashes takes 70 ms a block on the
 * board, this 12.
 */
/* oxlint-disable prefer-const */

/**
 * Compresses the last `count` of `blocks`, the last one first, into `state`. Both are back to front: reversing the bytes
 * of a block as it is in a message makes its halves native integers, and reversing those of the state gives the digest.
 *
 * @param state 16 halves @param blocks 32 halves each
 */
export function compress(state: Uint16Array, blocks: readonly Uint16Array[], count: number): void {
  const c2047 = 2047;
  const c16 = 16;
  const c10 = 10;
  const c6 = 6;
  const c5 = 5;
  const c3 = 3;
  const c65535 = 65535;
  const c8191 = 8191;
  const c14 = 14;
  const c2 = 2;
  const c11 = 11;
  const c4 = 4;
  const c7 = 7;
  const c1 = 1;
  let a0H = state[15];
  let a0L = state[14];
  let b0H = state[13];
  let b0L = state[12];
  let c0H = state[11];
  let c0L = state[10];
  let d0H = state[9];
  let d0L = state[8];
  let e0H = state[7];
  let e0L = state[6];
  let f0H = state[5];
  let f0L = state[4];
  let g0H = state[3];
  let g0L = state[2];
  let h0H = state[1];
  let h0L = state[0];
  let index = blocks.length;
  while (count > 0) {
    count = count - 1;
    index = index - 1;
    let block = blocks[index];
    let w0H = block[31];
    let w0L = block[30];
    let w1H = block[29];
    let w1L = block[28];
    let w2H = block[27];
    let w2L = block[26];
    let w3H = block[25];
    let w3L = block[24];
    let w4H = block[23];
    let w4L = block[22];
    let w5H = block[21];
    let w5L = block[20];
    let w6H = block[19];
    let w6L = block[18];
    let w7H = block[17];
    let w7L = block[16];
    let w8H = block[15];
    let w8L = block[14];
    let w9H = block[13];
    let w9L = block[12];
    let w10H = block[11];
    let w10L = block[10];
    let w11H = block[9];
    let w11L = block[8];
    let w12H = block[7];
    let w12L = block[6];
    let w13H = block[5];
    let w13L = block[4];
    let w14H = block[3];
    let w14L = block[2];
    let w15H = block[1];
    let w15L = block[0];
    let w1From0 = ((w1H & c2047) << c16) | w1L;
    let w1From16 = ((w1L & c2047) << c16) | w1H;
    let w2From0 = ((w2H & c2047) << c16) | w2L;
    let w2From16 = ((w2L & c2047) << c16) | w2H;
    let w3From0 = ((w3H & c2047) << c16) | w3L;
    let w3From16 = ((w3L & c2047) << c16) | w3H;
    let w4From0 = ((w4H & c2047) << c16) | w4L;
    let w4From16 = ((w4L & c2047) << c16) | w4H;
    let w5From0 = ((w5H & c2047) << c16) | w5L;
    let w5From16 = ((w5L & c2047) << c16) | w5H;
    let w6From0 = ((w6H & c2047) << c16) | w6L;
    let w6From16 = ((w6L & c2047) << c16) | w6H;
    let w7From0 = ((w7H & c2047) << c16) | w7L;
    let w7From16 = ((w7L & c2047) << c16) | w7H;
    let w8From0 = ((w8H & c2047) << c16) | w8L;
    let w8From16 = ((w8L & c2047) << c16) | w8H;
    let w9From0 = ((w9H & c2047) << c16) | w9L;
    let w9From16 = ((w9L & c2047) << c16) | w9H;
    let w10From0 = ((w10H & c2047) << c16) | w10L;
    let w10From16 = ((w10L & c2047) << c16) | w10H;
    let w11From0 = ((w11H & c2047) << c16) | w11L;
    let w11From16 = ((w11L & c2047) << c16) | w11H;
    let w12From0 = ((w12H & c2047) << c16) | w12L;
    let w12From16 = ((w12L & c2047) << c16) | w12H;
    let w13From0 = ((w13H & c2047) << c16) | w13L;
    let w13From16 = ((w13L & c2047) << c16) | w13H;
    let k0H = w0H - 67485046;
    let k0L = w0L + 12184;
    let k1H = w1H - 67473097;
    let k1L = w1L + 17553;
    let k2H = w2H - 67455552;
    let k2L = w2L + 64463;
    let k3H = w3H - 67442251;
    let k3L = w3L + 56229;
    let k4H = w4H - 67487402;
    let k4L = w4L + 49755;
    let k5H = w5H - 67479055;
    let k5L = w5L + 4593;
    let k6H = w6H - 67464641;
    let k6L = w6L + 33444;
    let k7H = w7H - 67458276;
    let k7L = w7L + 24277;
    let aH = a0H;
    let aL = a0L;
    let bH = b0H;
    let bL = b0L;
    let cH = c0H;
    let cL = c0L;
    let dH = d0H;
    let dL = d0L;
    let eH = e0H;
    let eL = e0L;
    let fH = f0H;
    let fL = f0L;
    let gH = g0H;
    let gL = g0L;
    let hH = h0H;
    let hL = h0L;
    let oddH = bH ^ cH;
    let oddL = bL ^ cL;
    let group = 0;
    let half = 0;
    for (;;) {
      let from6 = (eH << c10) | (eL >> c6);
      let from22 = (eL << c10) | (eH >> c6);
      let t1L = (((from6 >> c5) ^ from6 ^ (from22 >> c3)) & c65535) + (((fL ^ gL) & eL) ^ gL) + (hL + k0L);
      let t1H = ((from22 >> c5) ^ from22 ^ (from6 >> c3)) + (((fH ^ gH) & eH) ^ gH) + (hH + k0H);
      let sum = t1L + dL;
      dH = (t1H + dH + (sum >> c16)) & c65535;
      dL = sum & c65535;
      let from2 = ((aH & c8191) << c14) | (aL >> c2);
      let from18 = ((aL & c8191) << c14) | (aH >> c2);
      let evenH = aH ^ bH;
      let evenL = aL ^ bL;
      sum = (((from2 >> c11) ^ from2 ^ (from18 >> c4)) & c65535) + ((evenL & oddL) ^ bL) + t1L;
      hH = (((from18 >> c11) ^ from18 ^ (from2 >> c4)) + t1H + ((evenH & oddH) ^ bH) + (sum >> c16)) & c65535;
      hL = sum & c65535;
      from6 = (dH << c10) | (dL >> c6);
      from22 = (dL << c10) | (dH >> c6);
      t1L = (((from6 >> c5) ^ from6 ^ (from22 >> c3)) & c65535) + (((eL ^ fL) & dL) ^ fL) + (gL + k1L);
      t1H = ((from22 >> c5) ^ from22 ^ (from6 >> c3)) + (((eH ^ fH) & dH) ^ fH) + (gH + k1H);
      sum = t1L + cL;
      cH = (t1H + cH + (sum >> c16)) & c65535;
      cL = sum & c65535;
      from2 = ((hH & c8191) << c14) | (hL >> c2);
      from18 = ((hL & c8191) << c14) | (hH >> c2);
      oddH = hH ^ aH;
      oddL = hL ^ aL;
      sum = (((from2 >> c11) ^ from2 ^ (from18 >> c4)) & c65535) + ((oddL & evenL) ^ aL) + t1L;
      gH = (((from18 >> c11) ^ from18 ^ (from2 >> c4)) + t1H + ((oddH & evenH) ^ aH) + (sum >> c16)) & c65535;
      gL = sum & c65535;
      from6 = (cH << c10) | (cL >> c6);
      from22 = (cL << c10) | (cH >> c6);
      t1L = (((from6 >> c5) ^ from6 ^ (from22 >> c3)) & c65535) + (((dL ^ eL) & cL) ^ eL) + (fL + k2L);
      t1H = ((from22 >> c5) ^ from22 ^ (from6 >> c3)) + (((dH ^ eH) & cH) ^ eH) + (fH + k2H);
      sum = t1L + bL;
      bH = (t1H + bH + (sum >> c16)) & c65535;
      bL = sum & c65535;
      from2 = ((gH & c8191) << c14) | (gL >> c2);
      from18 = ((gL & c8191) << c14) | (gH >> c2);
      evenH = gH ^ hH;
      evenL = gL ^ hL;
      sum = (((from2 >> c11) ^ from2 ^ (from18 >> c4)) & c65535) + ((evenL & oddL) ^ hL) + t1L;
      fH = (((from18 >> c11) ^ from18 ^ (from2 >> c4)) + t1H + ((evenH & oddH) ^ hH) + (sum >> c16)) & c65535;
      fL = sum & c65535;
      from6 = (bH << c10) | (bL >> c6);
      from22 = (bL << c10) | (bH >> c6);
      t1L = (((from6 >> c5) ^ from6 ^ (from22 >> c3)) & c65535) + (((cL ^ dL) & bL) ^ dL) + (eL + k3L);
      t1H = ((from22 >> c5) ^ from22 ^ (from6 >> c3)) + (((cH ^ dH) & bH) ^ dH) + (eH + k3H);
      sum = t1L + aL;
      aH = (t1H + aH + (sum >> c16)) & c65535;
      aL = sum & c65535;
      from2 = ((fH & c8191) << c14) | (fL >> c2);
      from18 = ((fL & c8191) << c14) | (fH >> c2);
      oddH = fH ^ gH;
      oddL = fL ^ gL;
      sum = (((from2 >> c11) ^ from2 ^ (from18 >> c4)) & c65535) + ((oddL & evenL) ^ gL) + t1L;
      eH = (((from18 >> c11) ^ from18 ^ (from2 >> c4)) + t1H + ((oddH & evenH) ^ gH) + (sum >> c16)) & c65535;
      eL = sum & c65535;
      from6 = (aH << c10) | (aL >> c6);
      from22 = (aL << c10) | (aH >> c6);
      t1L = (((from6 >> c5) ^ from6 ^ (from22 >> c3)) & c65535) + (((bL ^ cL) & aL) ^ cL) + (dL + k4L);
      t1H = ((from22 >> c5) ^ from22 ^ (from6 >> c3)) + (((bH ^ cH) & aH) ^ cH) + (dH + k4H);
      sum = t1L + hL;
      hH = (t1H + hH + (sum >> c16)) & c65535;
      hL = sum & c65535;
      from2 = ((eH & c8191) << c14) | (eL >> c2);
      from18 = ((eL & c8191) << c14) | (eH >> c2);
      evenH = eH ^ fH;
      evenL = eL ^ fL;
      sum = (((from2 >> c11) ^ from2 ^ (from18 >> c4)) & c65535) + ((evenL & oddL) ^ fL) + t1L;
      dH = (((from18 >> c11) ^ from18 ^ (from2 >> c4)) + t1H + ((evenH & oddH) ^ fH) + (sum >> c16)) & c65535;
      dL = sum & c65535;
      from6 = (hH << c10) | (hL >> c6);
      from22 = (hL << c10) | (hH >> c6);
      t1L = (((from6 >> c5) ^ from6 ^ (from22 >> c3)) & c65535) + (((aL ^ bL) & hL) ^ bL) + (cL + k5L);
      t1H = ((from22 >> c5) ^ from22 ^ (from6 >> c3)) + (((aH ^ bH) & hH) ^ bH) + (cH + k5H);
      sum = t1L + gL;
      gH = (t1H + gH + (sum >> c16)) & c65535;
      gL = sum & c65535;
      from2 = ((dH & c8191) << c14) | (dL >> c2);
      from18 = ((dL & c8191) << c14) | (dH >> c2);
      oddH = dH ^ eH;
      oddL = dL ^ eL;
      sum = (((from2 >> c11) ^ from2 ^ (from18 >> c4)) & c65535) + ((oddL & evenL) ^ eL) + t1L;
      cH = (((from18 >> c11) ^ from18 ^ (from2 >> c4)) + t1H + ((oddH & evenH) ^ eH) + (sum >> c16)) & c65535;
      cL = sum & c65535;
      from6 = (gH << c10) | (gL >> c6);
      from22 = (gL << c10) | (gH >> c6);
      t1L = (((from6 >> c5) ^ from6 ^ (from22 >> c3)) & c65535) + (((hL ^ aL) & gL) ^ aL) + (bL + k6L);
      t1H = ((from22 >> c5) ^ from22 ^ (from6 >> c3)) + (((hH ^ aH) & gH) ^ aH) + (bH + k6H);
      sum = t1L + fL;
      fH = (t1H + fH + (sum >> c16)) & c65535;
      fL = sum & c65535;
      from2 = ((cH & c8191) << c14) | (cL >> c2);
      from18 = ((cL & c8191) << c14) | (cH >> c2);
      evenH = cH ^ dH;
      evenL = cL ^ dL;
      sum = (((from2 >> c11) ^ from2 ^ (from18 >> c4)) & c65535) + ((evenL & oddL) ^ dL) + t1L;
      bH = (((from18 >> c11) ^ from18 ^ (from2 >> c4)) + t1H + ((evenH & oddH) ^ dH) + (sum >> c16)) & c65535;
      bL = sum & c65535;
      from6 = (fH << c10) | (fL >> c6);
      from22 = (fL << c10) | (fH >> c6);
      t1L = (((from6 >> c5) ^ from6 ^ (from22 >> c3)) & c65535) + (((gL ^ hL) & fL) ^ hL) + (aL + k7L);
      t1H = ((from22 >> c5) ^ from22 ^ (from6 >> c3)) + (((gH ^ hH) & fH) ^ hH) + (aH + k7H);
      sum = t1L + eL;
      eH = (t1H + eH + (sum >> c16)) & c65535;
      eL = sum & c65535;
      from2 = ((bH & c8191) << c14) | (bL >> c2);
      from18 = ((bL & c8191) << c14) | (bH >> c2);
      oddH = bH ^ cH;
      oddL = bL ^ cL;
      sum = (((from2 >> c11) ^ from2 ^ (from18 >> c4)) & c65535) + ((oddL & evenL) ^ cL) + t1L;
      aH = (((from18 >> c11) ^ from18 ^ (from2 >> c4)) + t1H + ((oddH & evenH) ^ cH) + (sum >> c16)) & c65535;
      aL = sum & c65535;
      if (half < 1) {
        half = 1;
        if (group < 1) {
          k0H = w8H - 67446777;
          k0L = w8L + 43672;
          k1H = w9H - 67497341;
          k1L = w9L + 23297;
          k2H = w10H - 67492815;
          k2L = w10L + 34238;
          k3H = w11H - 67480308;
          k3L = w11L + 32195;
          k4H = w12H - 67472706;
          k4L = w12L + 23924;
          k5H = w13H - 67469090;
          k5L = w13L + 45566;
          k6H = w14H - 67462180;
          k6L = w14L + 1703;
          k7H = w15H - 67452517;
          k7L = w15L + 61812;
        } else if (group < 2) {
          k0H = w8H - 67463106;
          k0L = w8L + 20818;
          k1H = w9H - 67459023;
          k1L = w9L + 50797;
          k2H = w10H - 67457021;
          k2L = w10L + 10184;
          k3H = w11H - 67453095;
          k3L = w11L + 32711;
          k4H = w12H - 67451168;
          k4L = w12L + 3059;
          k5H = w13H - 67447385;
          k5L = w13L + 37191;
          k6H = w14H - 67500342;
          k6L = w14L + 25425;
          k7H = w15H - 67496919;
          k7L = w15L + 10599;
        } else if (group < 3) {
          k0H = w8H - 67460417;
          k0L = w8L + 59553;
          k1H = w9H - 67459046;
          k1L = w9L + 26187;
          k2H = w10H - 67452341;
          k2L = w10L + 35696;
          k3H = w11H - 67451028;
          k3L = w11L + 20899;
          k4H = w12H - 67448430;
          k4L = w12L + 59417;
          k5H = w13H - 67447143;
          k5L = w13L + 1572;
          k6H = w14H - 67439602;
          k6L = w14L + 13701;
          k7H = w15H - 67497878;
          k7L = w15L + 41072;
        } else {
          k0H = w8H - 67472241;
          k0L = w8L + 33518;
          k1H = w9H - 67471195;
          k1L = w9L + 25455;
          k2H = w10H - 67468088;
          k2L = w10L + 30740;
          k3H = w11H - 67466041;
          k3L = w11L + 520;
          k4H = w12H - 67465026;
          k4L = w12L + 65530;
          k5H = w13H - 67460016;
          k5L = w13L + 27883;
          k6H = w14H - 67453191;
          k6L = w14L + 41975;
          k7H = w15H - 67451279;
          k7L = w15L + 30962;
        }
      } else {
        if (group > 2) break;
        let w14From0 = ((w14H & c2047) << c16) | w14L;
        let w14From16 = ((w14L & c2047) << c16) | w14H;
        sum =
          (((w1From0 >> c7) ^ (w1From0 >> c3) ^ (w1From16 >> c2)) & c65535) +
          (((w14From16 >> c1) ^ (w14From16 >> c3) ^ (w14From0 >> c10)) & c65535) +
          (w9L + w0L);
        w0H =
          (((w1From16 >> c7) ^ (w1From0 >> c2) ^ (w1H >> c3)) +
            ((w14From0 >> c1) ^ (w14From0 >> c3) ^ (w14H >> c10)) +
            (w9H + w0H) +
            (sum >> c16)) &
          c65535;
        w0L = sum & c65535;
        let w15From0 = ((w15H & c2047) << c16) | w15L;
        let w15From16 = ((w15L & c2047) << c16) | w15H;
        sum =
          (((w2From0 >> c7) ^ (w2From0 >> c3) ^ (w2From16 >> c2)) & c65535) +
          (((w15From16 >> c1) ^ (w15From16 >> c3) ^ (w15From0 >> c10)) & c65535) +
          (w10L + w1L);
        w1H =
          (((w2From16 >> c7) ^ (w2From0 >> c2) ^ (w2H >> c3)) +
            ((w15From0 >> c1) ^ (w15From0 >> c3) ^ (w15H >> c10)) +
            (w10H + w1H) +
            (sum >> c16)) &
          c65535;
        w1L = sum & c65535;
        let w0From0 = ((w0H & c2047) << c16) | w0L;
        let w0From16 = ((w0L & c2047) << c16) | w0H;
        sum =
          (((w3From0 >> c7) ^ (w3From0 >> c3) ^ (w3From16 >> c2)) & c65535) +
          (((w0From16 >> c1) ^ (w0From16 >> c3) ^ (w0From0 >> c10)) & c65535) +
          (w11L + w2L);
        w2H =
          (((w3From16 >> c7) ^ (w3From0 >> c2) ^ (w3H >> c3)) +
            ((w0From0 >> c1) ^ (w0From0 >> c3) ^ (w0H >> c10)) +
            (w11H + w2H) +
            (sum >> c16)) &
          c65535;
        w2L = sum & c65535;
        w1From0 = ((w1H & c2047) << c16) | w1L;
        w1From16 = ((w1L & c2047) << c16) | w1H;
        sum =
          (((w4From0 >> c7) ^ (w4From0 >> c3) ^ (w4From16 >> c2)) & c65535) +
          (((w1From16 >> c1) ^ (w1From16 >> c3) ^ (w1From0 >> c10)) & c65535) +
          (w12L + w3L);
        w3H =
          (((w4From16 >> c7) ^ (w4From0 >> c2) ^ (w4H >> c3)) +
            ((w1From0 >> c1) ^ (w1From0 >> c3) ^ (w1H >> c10)) +
            (w12H + w3H) +
            (sum >> c16)) &
          c65535;
        w3L = sum & c65535;
        w2From0 = ((w2H & c2047) << c16) | w2L;
        w2From16 = ((w2L & c2047) << c16) | w2H;
        sum =
          (((w5From0 >> c7) ^ (w5From0 >> c3) ^ (w5From16 >> c2)) & c65535) +
          (((w2From16 >> c1) ^ (w2From16 >> c3) ^ (w2From0 >> c10)) & c65535) +
          (w13L + w4L);
        w4H =
          (((w5From16 >> c7) ^ (w5From0 >> c2) ^ (w5H >> c3)) +
            ((w2From0 >> c1) ^ (w2From0 >> c3) ^ (w2H >> c10)) +
            (w13H + w4H) +
            (sum >> c16)) &
          c65535;
        w4L = sum & c65535;
        w3From0 = ((w3H & c2047) << c16) | w3L;
        w3From16 = ((w3L & c2047) << c16) | w3H;
        sum =
          (((w6From0 >> c7) ^ (w6From0 >> c3) ^ (w6From16 >> c2)) & c65535) +
          (((w3From16 >> c1) ^ (w3From16 >> c3) ^ (w3From0 >> c10)) & c65535) +
          (w14L + w5L);
        w5H =
          (((w6From16 >> c7) ^ (w6From0 >> c2) ^ (w6H >> c3)) +
            ((w3From0 >> c1) ^ (w3From0 >> c3) ^ (w3H >> c10)) +
            (w14H + w5H) +
            (sum >> c16)) &
          c65535;
        w5L = sum & c65535;
        w4From0 = ((w4H & c2047) << c16) | w4L;
        w4From16 = ((w4L & c2047) << c16) | w4H;
        sum =
          (((w7From0 >> c7) ^ (w7From0 >> c3) ^ (w7From16 >> c2)) & c65535) +
          (((w4From16 >> c1) ^ (w4From16 >> c3) ^ (w4From0 >> c10)) & c65535) +
          (w15L + w6L);
        w6H =
          (((w7From16 >> c7) ^ (w7From0 >> c2) ^ (w7H >> c3)) +
            ((w4From0 >> c1) ^ (w4From0 >> c3) ^ (w4H >> c10)) +
            (w15H + w6H) +
            (sum >> c16)) &
          c65535;
        w6L = sum & c65535;
        w5From0 = ((w5H & c2047) << c16) | w5L;
        w5From16 = ((w5L & c2047) << c16) | w5H;
        sum =
          (((w8From0 >> c7) ^ (w8From0 >> c3) ^ (w8From16 >> c2)) & c65535) +
          (((w5From16 >> c1) ^ (w5From16 >> c3) ^ (w5From0 >> c10)) & c65535) +
          (w0L + w7L);
        w7H =
          (((w8From16 >> c7) ^ (w8From0 >> c2) ^ (w8H >> c3)) +
            ((w5From0 >> c1) ^ (w5From0 >> c3) ^ (w5H >> c10)) +
            (w0H + w7H) +
            (sum >> c16)) &
          c65535;
        w7L = sum & c65535;
        w6From0 = ((w6H & c2047) << c16) | w6L;
        w6From16 = ((w6L & c2047) << c16) | w6H;
        sum =
          (((w9From0 >> c7) ^ (w9From0 >> c3) ^ (w9From16 >> c2)) & c65535) +
          (((w6From16 >> c1) ^ (w6From16 >> c3) ^ (w6From0 >> c10)) & c65535) +
          (w1L + w8L);
        w8H =
          (((w9From16 >> c7) ^ (w9From0 >> c2) ^ (w9H >> c3)) +
            ((w6From0 >> c1) ^ (w6From0 >> c3) ^ (w6H >> c10)) +
            (w1H + w8H) +
            (sum >> c16)) &
          c65535;
        w8L = sum & c65535;
        w7From0 = ((w7H & c2047) << c16) | w7L;
        w7From16 = ((w7L & c2047) << c16) | w7H;
        sum =
          (((w10From0 >> c7) ^ (w10From0 >> c3) ^ (w10From16 >> c2)) & c65535) +
          (((w7From16 >> c1) ^ (w7From16 >> c3) ^ (w7From0 >> c10)) & c65535) +
          (w2L + w9L);
        w9H =
          (((w10From16 >> c7) ^ (w10From0 >> c2) ^ (w10H >> c3)) +
            ((w7From0 >> c1) ^ (w7From0 >> c3) ^ (w7H >> c10)) +
            (w2H + w9H) +
            (sum >> c16)) &
          c65535;
        w9L = sum & c65535;
        w8From0 = ((w8H & c2047) << c16) | w8L;
        w8From16 = ((w8L & c2047) << c16) | w8H;
        sum =
          (((w11From0 >> c7) ^ (w11From0 >> c3) ^ (w11From16 >> c2)) & c65535) +
          (((w8From16 >> c1) ^ (w8From16 >> c3) ^ (w8From0 >> c10)) & c65535) +
          (w3L + w10L);
        w10H =
          (((w11From16 >> c7) ^ (w11From0 >> c2) ^ (w11H >> c3)) +
            ((w8From0 >> c1) ^ (w8From0 >> c3) ^ (w8H >> c10)) +
            (w3H + w10H) +
            (sum >> c16)) &
          c65535;
        w10L = sum & c65535;
        w9From0 = ((w9H & c2047) << c16) | w9L;
        w9From16 = ((w9L & c2047) << c16) | w9H;
        sum =
          (((w12From0 >> c7) ^ (w12From0 >> c3) ^ (w12From16 >> c2)) & c65535) +
          (((w9From16 >> c1) ^ (w9From16 >> c3) ^ (w9From0 >> c10)) & c65535) +
          (w4L + w11L);
        w11H =
          (((w12From16 >> c7) ^ (w12From0 >> c2) ^ (w12H >> c3)) +
            ((w9From0 >> c1) ^ (w9From0 >> c3) ^ (w9H >> c10)) +
            (w4H + w11H) +
            (sum >> c16)) &
          c65535;
        w11L = sum & c65535;
        w10From0 = ((w10H & c2047) << c16) | w10L;
        w10From16 = ((w10L & c2047) << c16) | w10H;
        sum =
          (((w13From0 >> c7) ^ (w13From0 >> c3) ^ (w13From16 >> c2)) & c65535) +
          (((w10From16 >> c1) ^ (w10From16 >> c3) ^ (w10From0 >> c10)) & c65535) +
          (w5L + w12L);
        w12H =
          (((w13From16 >> c7) ^ (w13From0 >> c2) ^ (w13H >> c3)) +
            ((w10From0 >> c1) ^ (w10From0 >> c3) ^ (w10H >> c10)) +
            (w5H + w12H) +
            (sum >> c16)) &
          c65535;
        w12L = sum & c65535;
        w11From0 = ((w11H & c2047) << c16) | w11L;
        w11From16 = ((w11L & c2047) << c16) | w11H;
        sum =
          (((w14From0 >> c7) ^ (w14From0 >> c3) ^ (w14From16 >> c2)) & c65535) +
          (((w11From16 >> c1) ^ (w11From16 >> c3) ^ (w11From0 >> c10)) & c65535) +
          (w6L + w13L);
        w13H =
          (((w14From16 >> c7) ^ (w14From0 >> c2) ^ (w14H >> c3)) +
            ((w11From0 >> c1) ^ (w11From0 >> c3) ^ (w11H >> c10)) +
            (w6H + w13H) +
            (sum >> c16)) &
          c65535;
        w13L = sum & c65535;
        w12From0 = ((w12H & c2047) << c16) | w12L;
        w12From16 = ((w12L & c2047) << c16) | w12H;
        sum =
          (((w15From0 >> c7) ^ (w15From0 >> c3) ^ (w15From16 >> c2)) & c65535) +
          (((w12From16 >> c1) ^ (w12From16 >> c3) ^ (w12From0 >> c10)) & c65535) +
          (w7L + w14L);
        w14H =
          (((w15From16 >> c7) ^ (w15From0 >> c2) ^ (w15H >> c3)) +
            ((w12From0 >> c1) ^ (w12From0 >> c3) ^ (w12H >> c10)) +
            (w7H + w14H) +
            (sum >> c16)) &
          c65535;
        w14L = sum & c65535;
        w13From0 = ((w13H & c2047) << c16) | w13L;
        w13From16 = ((w13L & c2047) << c16) | w13H;
        sum =
          (((w0From0 >> c7) ^ (w0From0 >> c3) ^ (w0From16 >> c2)) & c65535) +
          (((w13From16 >> c1) ^ (w13From16 >> c3) ^ (w13From0 >> c10)) & c65535) +
          (w8L + w15L);
        w15H =
          (((w0From16 >> c7) ^ (w0From0 >> c2) ^ (w0H >> c3)) +
            ((w13From0 >> c1) ^ (w13From0 >> c3) ^ (w13H >> c10)) +
            (w8H + w15H) +
            (sum >> c16)) &
          c65535;
        w15L = sum & c65535;
        half = 0;
        group = group + 1;
        if (group < 2) {
          k0H = w0H - 67443557;
          k0L = w0L + 27073;
          k1H = w1H - 67440706;
          k1L = w1L + 18310;
          k2H = w2H - 67498047;
          k2L = w2L + 40390;
          k3H = w3H - 67492852;
          k3L = w3L + 41420;
          k4H = w4H - 67490327;
          k4L = w4L + 11375;
          k5H = w5H - 67483020;
          k5L = w5L + 33962;
          k6H = w6H - 67478352;
          k6L = w6L + 43484;
          k7H = w7H - 67471623;
          k7L = w7L + 35034;
        } else if (group < 3) {
          k0H = w0H - 67491913;
          k0L = w0L + 2693;
          k1H = w1H - 67490277;
          k1L = w1L + 8504;
          k2H = w2H - 67482324;
          k2L = w2L + 28156;
          k3H = w3H - 67480776;
          k3L = w3L + 3347;
          k4H = w4H - 67476214;
          k4L = w4L + 29524;
          k5H = w5H - 67471766;
          k5L = w5L + 2747;
          k6H = w6H - 67468862;
          k6L = w6L + 51502;
          k7H = w7H - 67464590;
          k7L = w7L + 11397;
        } else {
          k0H = w0H - 67495516;
          k0L = w0L + 49430;
          k1H = w1H - 67494345;
          k1L = w1L + 27656;
          k2H = w2H - 67492024;
          k2L = w2L + 30540;
          k3H = w3H - 67488592;
          k3L = w3L + 48309;
          k4H = w4H - 67487460;
          k4L = w4L + 3251;
          k5H = w5H - 67481896;
          k5L = w5L + 43594;
          k6H = w6H - 67478628;
          k6L = w6L + 51791;
          k7H = w7H - 67475410;
          k7L = w7L + 28659;
        }
      }
    }
    let sum = a0L + aL;
    a0H = (a0H + aH + (sum >> c16)) & c65535;
    a0L = sum & c65535;
    sum = b0L + bL;
    b0H = (b0H + bH + (sum >> c16)) & c65535;
    b0L = sum & c65535;
    sum = c0L + cL;
    c0H = (c0H + cH + (sum >> c16)) & c65535;
    c0L = sum & c65535;
    sum = d0L + dL;
    d0H = (d0H + dH + (sum >> c16)) & c65535;
    d0L = sum & c65535;
    sum = e0L + eL;
    e0H = (e0H + eH + (sum >> c16)) & c65535;
    e0L = sum & c65535;
    sum = f0L + fL;
    f0H = (f0H + fH + (sum >> c16)) & c65535;
    f0L = sum & c65535;
    sum = g0L + gL;
    g0H = (g0H + gH + (sum >> c16)) & c65535;
    g0L = sum & c65535;
    sum = h0L + hL;
    h0H = (h0H + hH + (sum >> c16)) & c65535;
    h0L = sum & c65535;
  }
  state[15] = a0H;
  state[14] = a0L;
  state[13] = b0H;
  state[12] = b0L;
  state[11] = c0H;
  state[10] = c0L;
  state[9] = d0H;
  state[8] = d0L;
  state[7] = e0H;
  state[6] = e0L;
  state[5] = f0H;
  state[4] = f0L;
  state[3] = g0H;
  state[2] = g0L;
  state[1] = h0H;
  state[0] = h0L;
}
