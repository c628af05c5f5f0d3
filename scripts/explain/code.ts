/** Places in `src/`, each named by a text that stands in its line, so that lines may move. */

export interface CodePlace {
  file: string;
  /** A text that the meant line contains, and no line before it. */
  mark: string;
}

export const CODE = {
  randomScalar: { file: 'src/crypto/curve.ts', mark: 'randomScalar(random: Random)' },
  suite: { file: 'src/tls/serverHello.ts', mark: "'a suite offered'" },
  version: { file: 'src/tls/serverHello.ts', mark: "refuse('protocol_version'" },
  extension: { file: 'src/tls/serverHello.ts', mark: "'an extension offered'" },
  renegotiation: { file: 'src/tls/states/expectServerHello.ts', mark: "'renegotiation_info', 'none'" },
  dates: { file: 'src/x509/path.ts', mark: "refuse('not_yet_valid'" },
  chainSignature: { file: 'src/x509/path.ts', mark: "refuse('bad_signature'" },
  anchor: { file: 'src/x509/path.ts', mark: 'yield* verify(path, anchors[i])' },
  basicConstraints: { file: 'src/x509/extensions.ts', mark: "refuse('not_a_ca'" },
  keyCertSign: { file: 'src/x509/extensions.ts', mark: "'expected keyCertSign'" },
  digitalSignature: { file: 'src/x509/path.ts', mark: "'expected digitalSignature'" },
  serverAuth: { file: 'src/x509/path.ts', mark: "'expected serverAuth'" },
  name: { file: 'src/x509/hostname.ts', mark: "refuse('wrong_name'" },
  keyType: { file: 'src/tls/states/serverCredentials.ts', mark: "refuse('unsupported_certificate'" },
  serverSignature: { file: 'src/tls/states/serverCredentials.ts', mark: "the server's signature" },
  onCurve: { file: 'src/crypto/curve.ts', mark: "'point is not on the curve'" },
  multiple: { file: 'src/crypto/scalarMultiplication.ts', mark: 'export function* multiple(' },
  generate: { file: 'src/crypto/ecdh.ts', mark: 'export function* generateKeyPair' },
  sharedSecret: { file: 'src/crypto/ecdh.ts', mark: 'export function* sharedSecret' },
  sessionHash: { file: 'src/tls/states/clientFlight.ts', mark: 'const sessionHash' },
  transcript: { file: 'src/tls/transcript.ts', mark: 'export function createTranscript' },
  master: { file: 'src/tls/keySchedule.ts', mark: "'extended master secret'" },
  keyBlock: { file: 'src/tls/keySchedule.ts', mark: "'key expansion'" },
  verifyData: { file: 'src/tls/keySchedule.ts', mark: 'finished`, digest, 12' },
  prf: { file: 'src/crypto/prf.ts', mark: 'export function* prf(' },
  certificateVerify: { file: 'src/tls/states/clientFlight.ts', mark: 'yield* sign(key' },
  finished: { file: 'src/tls/states/finish.ts', mark: "'the right verify_data'" },
  seal: { file: 'src/tls/recordProtection.ts', mark: 'yield* gcm.open(' },
  tag: { file: 'src/tls/recordReader.ts', mark: "'a right tag'" },
  keystream: { file: 'src/crypto/aesGcm.ts', mark: 'function* crypt(' },
  closeNotify: { file: 'src/tls/client.ts', mark: "'close_notify' : awaited" },
} satisfies Record<string, CodePlace>;

export type CodeName = keyof typeof CODE;
