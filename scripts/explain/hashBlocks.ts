/** Counts the blocks of 64 bytes that SHA-256 takes for a handshake, part by part: on the board they are most of its time. */
import type { Facts } from './facts.ts';

export interface HashBlocks {
  /** Blocks for all messages, each once, and for finishing their hash at three places. */
  transcript: number;
  /** Blocks for the signed parts of certificates and of ServerKeyExchange. */
  signed: number;
  /** Blocks for the PRF: master secret, keys and both verify_data. */
  derived: number;
}

export function hashBlocks({ chain, observed, keyExchange, randoms, hashed, hashedForClient }: Facts): HashBlocks {
  const messages = observed.messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
  // For CertificateVerify and master secret, for the client's Finished, for the server's.
  const snapshots = [hashed?.length, hashedForClient?.length, messages + FINISHED].flatMap((length) => length ?? []);
  const signed = [
    ...(chain?.path ?? []).map(({ tbs }) => tbs.length),
    ...(keyExchange === null || randoms === null ? [] : [randoms.length + keyExchange.params.length]),
  ];
  return {
    // The padding with the length goes into the last block or one more.
    transcript: Math.floor((messages + FINISHED) / 64) + snapshots.reduce((sum, length) => sum + endBlocks(length), 0),
    signed: signed.reduce((sum, length) => sum + wholeBlocks(length), 0),
    derived:
      KEY +
      prfBlocks('extended master secret'.length + 32, 48) +
      KEY +
      prfBlocks('key expansion'.length + 64, 40) +
      2 * prfBlocks('client finished'.length + 32, 12),
  };
}

/** Bytes of a Finished with its header. */
const FINISHED = 16;
/** An HMAC key is hashed into two blocks, once. */
const KEY = 2;

/** The blocks of a hash over so many bytes. */
function wholeBlocks(length: number): number {
  return Math.floor(length / 64) + endBlocks(length);
}

/** Behind the last whole block: 0x80 and 8 bytes of length must find room. */
function endBlocks(length: number): number {
  return (length & 63) >= 56 ? 2 : 1;
}

/** The blocks of the PRF without those of its key. @param seed bytes of label and seed @param length bytes wanted */
function prfBlocks(seed: number, length: number): number {
  // The inner hash goes on behind the key's block; the outer one takes one more.
  const mac = (bytes: number): number => wholeBlocks(bytes) + 1;
  let blocks = 0;
  for (let at = 0; at < length; at += 32) blocks += mac(at === 0 ? seed : 32) + mac(32 + seed);
  return blocks;
}
