/**
 * Command lines that give the page's values again with openssl or Python's standard library: nobody has to believe the
 * page. Each prints what `prints` says, on one line.
 */
import { toHex } from '../../src/bytes/encoding.ts';
import type { HashName } from '../../src/crypto/hashName.ts';
import type { EcCurve } from '../../src/crypto/curve.ts';
import { curveNumbers } from './curveNumbers.ts';

export interface Command {
  shell: string;
  /** Its standard output, blanks at the ends not counted. */
  prints: string;
}

/** A script for Python 3, as a here-document. */
function python(...lines: string[]): string {
  return ["python3 - <<'END'", ...lines, 'END'].join('\n');
}

export function hashCommand(hash: HashName, data: Uint8Array, digest: Uint8Array): Command {
  const name = hash.replace('SHA-', 'sha');
  return {
    shell: python(
      'import hashlib',
      `data = bytes.fromhex("${toHex(data)}")`,
      `print(hashlib.${name}(data).hexdigest())`,
    ),
    prints: toHex(digest),
  };
}

export function prfCommand(secret: Uint8Array, label: string, seed: Uint8Array, result: Uint8Array): Command {
  return {
    shell: python(
      'import hmac',
      `secret = bytes.fromhex("${toHex(secret)}")`,
      `seed = b"${label}" + bytes.fromhex("${toHex(seed)}")`,
      'a, output = seed, b""',
      `while len(output) < ${result.length}:`,
      '    a = hmac.digest(secret, a, "sha256")',
      '    output += hmac.digest(secret, a + seed, "sha256")',
      `print(output[:${result.length}].hex())`,
    ),
    prints: toHex(result),
  };
}

/** Python that adds points of a curve and multiplies them by double-and-add. */
function curveLines(curve: EcCurve): string[] {
  return [
    `p = 0x${curveNumbers(curve).prime.toString(16)}`,
    'def add(P, Q):',
    '    if P is None or Q is None: return P or Q',
    '    (x1, y1), (x2, y2) = P, Q',
    '    if x1 == x2 and (y1 + y2) % p == 0: return None',
    '    slope = (3*x1*x1 - 3) * pow(2*y1, -1, p) if P == Q else (y2 - y1) * pow(x2 - x1, -1, p)',
    '    x = (slope*slope - x1 - x2) % p',
    '    return x, (slope*(x1 - x) - y1) % p',
    'def times(d, Q):',
    '    R = None',
    '    for bit in bin(d)[2:]:',
    '        R = add(R, R)',
    '        if bit == "1": R = add(R, Q)',
    '    return R',
  ];
}

/** A point as Python writes a pair. @param point 04, X, Y */
function pair(point: Uint8Array): string {
  const end = (point.length + 1) / 2;
  return `(0x${toHex(point.subarray(1, end))}, 0x${toHex(point.subarray(end))})`;
}

/** Multiplies a point. @param point 04, X, Y; @param coordinate whether all of the product is wanted, or X */
export function multiplyCommand(
  curve: EcCurve,
  scalar: bigint,
  point: Uint8Array,
  result: Uint8Array,
  coordinate: 'both' | 'x',
): Command {
  const { b, length } = curveNumbers(curve);
  const digits = `%0${2 * length}x`;
  return {
    shell: python(
      ...curveLines(curve),
      `d, Q = 0x${scalar.toString(16)}, ${pair(point)}`,
      `assert (Q[1]**2 - Q[0]**3 + 3*Q[0] - 0x${b.toString(16)}) % p == 0`,
      coordinate === 'x' ? `print("${digits}" % times(d, Q)[0])` : `print("04${digits}${digits}" % times(d, Q))`,
    ),
    prints: toHex(result),
  };
}

/** The side of ECDSA's equation that takes the public key. @param point the key: 04, X, Y */
export function ecdsaCommand(
  curve: EcCurve,
  point: Uint8Array,
  digest: Uint8Array,
  { r, s }: { r: bigint; s: bigint },
  result: Uint8Array,
): Command {
  const { base, order, length } = curveNumbers(curve);
  return {
    shell: python(
      ...curveLines(curve),
      `n, G, Q = 0x${order.toString(16)}, ${pair(base)}, ${pair(point)}`,
      `h, r, s = 0x${toHex(digest.subarray(0, length))}, 0x${r.toString(16)}, 0x${s.toString(16)}`,
      'w = pow(s, -1, n)',
      `print("%0${2 * length}x" % (add(times(h * w % n, G), times(r * w % n, Q))[0] % n))`,
    ),
    prints: toHex(result),
  };
}

/** The side of RSA's equation that takes the public key. */
export function rsaCommand(modulus: Uint8Array, exponent: number, signature: Uint8Array, result: Uint8Array): Command {
  return {
    shell: python(
      `n = 0x${toHex(modulus)}`,
      `signature = 0x${toHex(signature)}`,
      `print("%0${2 * modulus.length}x" % pow(signature, ${exponent}, n))`,
    ),
    prints: toHex(result),
  };
}

/** @param key SubjectPublicKeyInfo in DER */
export function verifyCommand(hash: HashName, key: Uint8Array, signed: Uint8Array, signature: Uint8Array): Command {
  const name = hash.replace('SHA-', 'sha');
  return {
    shell: [
      'cd "$(mktemp -d)"',
      "cat > key.pem <<'END'",
      '-----BEGIN PUBLIC KEY-----',
      ...(base64(key).match(/.{1,64}/g) ?? []),
      '-----END PUBLIC KEY-----',
      'END',
      `echo ${base64(signature)} | openssl base64 -d -A > signature`,
      `echo ${base64(signed)} | openssl base64 -d -A > signed`,
      `openssl dgst -${name} -verify key.pem -signature signature signed`,
    ].join('\n'),
    prints: 'Verified OK',
  };
}

/** AES-128 in counter mode from 2 on: what GCM encrypts with. */
export function decryptCommand(
  key: Uint8Array,
  nonce: Uint8Array,
  ciphertext: Uint8Array,
  content: Uint8Array,
): Command {
  return {
    shell: [
      `echo ${base64(ciphertext)} | openssl base64 -d -A |`,
      `  openssl enc -d -aes-128-ctr -K ${toHex(key)} -iv ${toHex(nonce)}00000002 |`,
      "  od -An -v -tx1 | tr -d ' \\n'",
    ].join('\n'),
    prints: toHex(content),
  };
}

/** GHASH in Python; AES, which its standard library lacks, by openssl. */
export function tagCommand(
  key: Uint8Array,
  nonce: Uint8Array,
  additionalData: Uint8Array,
  ciphertext: Uint8Array,
  tag: Uint8Array,
): Command {
  return {
    shell: python(
      'import subprocess',
      'def aes(block):',
      `    command = ["openssl", "enc", "-aes-128-ecb", "-nopad", "-K", "${toHex(key)}"]`,
      '    return subprocess.run(command, input=block, capture_output=True).stdout',
      'def times(a, b):',
      '    product = 0',
      '    for bit in range(127, -1, -1):',
      '        if b >> bit & 1: product ^= a',
      '        a = a >> 1 ^ (0xe1 << 120 if a & 1 else 0)',
      '    return product',
      'pad = lambda data: data + bytes(-len(data) % 16)',
      `data, text = bytes.fromhex("${toHex(additionalData)}"), bytes.fromhex("${toHex(ciphertext)}")`,
      'blocks = pad(data) + pad(text) + (8*len(data)).to_bytes(8, "big") + (8*len(text)).to_bytes(8, "big")',
      'h, y = int.from_bytes(aes(bytes(16)), "big"), 0',
      'for at in range(0, len(blocks), 16): y = times(y ^ int.from_bytes(blocks[at:at+16], "big"), h)',
      `mask = aes(bytes.fromhex("${toHex(nonce)}00000001"))`,
      'print((y ^ int.from_bytes(mask, "big")).to_bytes(16, "big").hex())',
    ),
    prints: toHex(tag),
  };
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
