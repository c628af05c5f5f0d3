/** AES-128-GCM (NIST SP 800-38D) with nonces of 12 bytes and tags of 16, as TLS uses it (RFC 5288, section 3). */
import { equalBytes } from '../bytes/encoding.ts';
import type { Steps } from '../steps.ts';
import { type AesRoundKeys, encryptAesBlock, expandAesKey } from './aes.ts';
import { CryptoError } from './errors.ts';
import { GhashKey, ghashTag } from './ghash.ts';

const TAG_LENGTH = 16;
/** Blocks en- or decrypted in a slice: about 100 ms. */
const SLICE = 32;

/** One key, for any number of messages. No nonce may seal two messages: that would reveal GHASH's key. */
export class Aes128Gcm {
  readonly keys: AesRoundKeys;
  readonly hashKey: GhashKey;
  /** The last block of key stream; used up before any yield. */
  readonly stream = new Uint16Array(8);
  /** The same bytes as two big-endian words, see encryptAesBlock(). */
  readonly streamWords = new BigUint64Array(this.stream.buffer);

  /** @param key 16 bytes. @throws CryptoError for any other length. */
  constructor(key: Uint8Array) {
    this.keys = expandAesKey(key);
    encryptAesBlock(this.keys, [0, 0, 0, 0, 0, 0, 0, 0], this.stream);
    this.hashKey = new GhashKey(this.streamWords[0], this.streamWords[1]);
  }

  /**
   * Encrypts and authenticates.
   * @param nonce 12 bytes, new for each message
   * @returns the ciphertext and its tag of 16 bytes, in memory of its own
   * @throws CryptoError for a nonce of any other length
   */
  seal(nonce: Uint8Array, additionalData: Uint8Array, plaintext: Uint8Array): Steps<Uint8Array> {
    return seal(this, counterBlock(nonce), additionalData, plaintext);
  }

  /**
   * Checks the tag and only then decrypts, in place.
   * @param nonce 12 bytes
   * @param sealed the ciphertext and its tag
   * @returns the plaintext, in the memory of `sealed`; null, with `sealed` as it was, if the tag is not right
   * @throws CryptoError for a nonce of any other length
   */
  open(nonce: Uint8Array, additionalData: Uint8Array, sealed: Uint8Array): Steps<Uint8Array | null> {
    return open(this, counterBlock(nonce), additionalData, sealed);
  }
}

// These are functions, not methods: the engine may collect the `this` of a running generator but not its arguments, and a
// connection may release a cipher while one of these generators runs.

function* seal(
  cipher: Aes128Gcm,
  counter: number[],
  additionalData: Uint8Array,
  plaintext: Uint8Array,
): Steps<Uint8Array> {
  const length = plaintext.length;
  const sealed = new Uint8Array(length + TAG_LENGTH);
  sealed.set(plaintext);
  const ciphertext = sealed.subarray(0, length);
  yield* crypt(cipher, counter, ciphertext);
  sealed.set(yield* tag(cipher, counter, additionalData, ciphertext), length);
  return sealed;
}

function* open(
  cipher: Aes128Gcm,
  counter: number[],
  additionalData: Uint8Array,
  sealed: Uint8Array,
): Steps<Uint8Array | null> {
  const length = sealed.length - TAG_LENGTH;
  if (length < 0) return null;
  const text = sealed.subarray(0, length);
  const expected = yield* tag(cipher, counter, additionalData, text);
  if (!equalBytes(expected, sealed.subarray(length))) return null;
  yield* crypt(cipher, counter, text);
  return text;
}

/** GCTR from counter value 2 on (sections 6.5 and 7.1, step 3), in place. */
function* crypt({ keys, stream, streamWords }: Aes128Gcm, counter: number[], text: Uint8Array): Steps<void> {
  const length = text.length;
  const view = new DataView(text.buffer, text.byteOffset, length);
  let blocks = 1;
  for (let at = 0; at < length; at += 16) {
    blocks++;
    counter[6] = blocks >> 16;
    counter[7] = blocks & 0xffff;
    encryptAesBlock(keys, counter, stream);
    if (length - at >= 16) {
      view.setBigUint64(at, view.getBigUint64(at) ^ streamWords[0]);
      view.setBigUint64(at + 8, view.getBigUint64(at + 8) ^ streamWords[1]);
    } else {
      const streamBytes = new Uint8Array(stream.buffer); // with the bytes of each word in reverse
      for (let i = at; i < length; i++) text[i] ^= streamBytes[(i - at) ^ 7];
    }
    if (blocks % SLICE === 0) yield;
  }
}

/** The tag (section 7.1, steps 4 to 6): GHASH, encrypted with counter value 1. */
function tag(
  { keys, stream, streamWords, hashKey }: Aes128Gcm,
  counter: number[],
  additionalData: Uint8Array,
  ciphertext: Uint8Array,
): Steps<Uint8Array> {
  counter[6] = 0;
  counter[7] = 1;
  encryptAesBlock(keys, counter, stream);
  return ghashTag(hashKey, additionalData, ciphertext, streamWords[0], streamWords[1]);
}

/** The nonce and room for a counter of 32 bits (section 7.1, step 2), as halves of 16 bits. */
function counterBlock(nonce: Uint8Array): number[] {
  if (nonce.length !== 12) throw new CryptoError(`GCM nonce: expected 12 bytes, not ${nonce.length}`);
  const halves: number[] = [];
  for (let i = 0; i < 6; i++) halves[i] = (nonce[2 * i] << 8) | nonce[2 * i + 1];
  return halves;
}
