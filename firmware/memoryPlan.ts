/**
 * What of the program is in memory when, and why. Kaluma gives a program 150 KB of heap, and byte code lies in it: 1.25 B
 * for each byte of text. So half of the program is in parts, which `kaluma/parts.ts` reads from flash and parses, 17 ms a
 * KB, when the plan says so or one of their functions is called. Releasing a part is always safe: code that still runs,
 * and objects that the part has made, keep what they need.
 */
import type { HandshakePhase } from '../src/index.ts';

/** A part of the program. The linker refuses one that names a module, or a function, which is not there. */
export interface PartRule {
  /** Its modules. What others use of them must be functions; what they keep in variables is lost with the part. */
  modules: readonly string[];
  /** The function whose call releases the part: nothing of it is called from outside after that. */
  last?: string;
  /** Whether a program may be without it, as it may be without a kind of sensor. */
  optional?: true;
}

export type PartName =
  | 'settings'
  | 'flash'
  | 'trial'
  | 'manifest'
  | 'update'
  | 'jobs'
  | 'job'
  | 'i2cSearch'
  | 'oneWireSearch'
  | 'alarms'
  | 'shadow'
  | 'advice'
  | 'alert'
  | 'time'
  | 'chain'
  | 'curves'
  | 'rsa'
  | 'rsaSign'
  | 'sha512'
  | 'path'
  | 'x509'
  | 'cipher'
  | 'hello'
  | 'serverFlight'
  | 'clientFlight'
  | 'mqtt';

/** Everything else is parsed at boot. Classes of errors, which `instanceof` asks for, are in no part. */
export const PARTS: Record<PartName, PartRule> = {
  /** Decodes anchors and identity at boot. */
  settings: {
    modules: ['firmware/credentials.ts', 'firmware/storedSettings.ts'],
    last: 'decodeIdentity',
  },
  /** Records and marks in flash: after a connection, and after its first acknowledgement. */
  trial: { modules: ['firmware/update/trial.ts', 'firmware/bootRecord.ts'] },
  /** Both of them use it. */
  flash: { modules: ['firmware/kaluma/flash.ts'] },
  /** An update's header is checked before anything of it is received. */
  manifest: { modules: ['firmware/update/manifest.ts'] },
  /** Receives an update. */
  update: {
    modules: ['firmware/update/brokerChannel.ts', 'firmware/update/updater.ts'],
  },
  /** AWS IoT Jobs: a connection keeps this code for as long as it lives. */
  jobs: { modules: ['firmware/jobs.ts'], last: 'createJobs', optional: true },
  /** A job that is there. */
  job: { modules: ['firmware/update/job.ts'], last: 'openJob', optional: true },
  /** What else is on a bus on which the sensor does not answer, for the log. */
  i2cSearch: { modules: ['firmware/sensors/i2cSearch.ts'], last: 'explainI2c', optional: true },
  oneWireSearch: { modules: ['firmware/sensors/oneWireSearch.ts'], last: 'explainOneWire', optional: true },
  /** An alarm that is raised, sent or acknowledged. */
  alarms: { modules: ['firmware/alarmEvents.ts'], last: 'alarmStep', optional: true },
  /** AWS's Device Shadow: the object of a connection keeps this code for as long as it lives. */
  shadow: { modules: ['firmware/shadow.ts'], last: 'createShadow', optional: true },
  /** Words for the log when a connection failed. */
  advice: { modules: ['firmware/advice.ts'], last: 'advice' },
  /** Alerts are sent or received when a connection ends. */
  alert: { modules: ['src/tls/alert.ts'], last: 'alertBytes' },
  /** SNTP. */
  time: { modules: ['firmware/sntp.ts', 'firmware/timeSync.ts', 'firmware/kaluma/udp.ts'] },
  /** The server's chain in flash, read once and written when another is verified. */
  chain: { modules: ['firmware/keptChain.ts'], last: 'keptChain' },
  /** From the key pair to the CertificateVerify. */
  curves: {
    modules: [
      'src/crypto/curve.ts',
      'src/crypto/ecdh.ts',
      'src/crypto/ecdsa.ts',
      'src/crypto/invert.ts',
      'src/crypto/jacobian.ts',
      'src/crypto/modulus.ts',
      'src/crypto/scalarMultiplication.ts',
    ],
  },
  /** Verifies RSA signatures; signing uses it too. */
  rsa: { modules: ['src/crypto/rsa.ts', 'src/crypto/rsaModulus.ts'] },
  /** For a device with an RSA key. */
  rsaSign: { modules: ['src/crypto/rsaSign.ts'], last: 'signRsaPkcs1' },
  /** Few certificates are signed with it. */
  sha512: { modules: ['src/crypto/sha512.ts'], last: 'sha512Steps' },
  /** Verifies one chain; the chain of a certificate that is kept is not verified again. */
  path: { modules: ['src/x509/path.ts'], last: 'searchPath' },
  /** Reads the certificates of that chain, one by one. */
  x509: {
    modules: [
      'src/x509/certificate.ts',
      'src/x509/der.ts',
      'src/x509/extensions.ts',
      'src/x509/hostname.ts',
      'src/x509/publicKey.ts',
    ],
  },
  /** The connection's own AES-GCM keys keep this code for as long as they live. */
  cipher: {
    modules: ['src/crypto/aes.ts', 'src/crypto/aesGcm.ts', 'src/crypto/ghash.ts', 'src/tls/recordProtection.ts'],
  },
  /** From the keys made before dialling to the ServerHello. */
  hello: {
    modules: [
      'src/tls/cipherSuite.ts',
      'src/tls/clientHello.ts',
      'src/tls/extensions.ts',
      'src/tls/prepareHandshake.ts',
      'src/tls/serverHello.ts',
      'src/tls/states/expectServerHello.ts',
      'src/crypto/hashDrbg.ts',
      'firmware/kaluma/entropy.ts',
    ],
    last: 'startHandshake',
  },
  /** The server's flight: its certificates, its key, and what it asks for. */
  serverFlight: {
    modules: [
      'src/tls/certificate.ts',
      'src/tls/certificateRequest.ts',
      'src/tls/group.ts',
      'src/tls/serverKeyExchange.ts',
      'src/tls/states/serverCredentials.ts',
      'src/tls/states/state.ts',
      'src/tls/transcript.ts',
      'src/bytes/pieceReader.ts',
      'src/crypto/hashName.ts',
      'src/x509/signature.ts',
    ],
  },
  /** The client's answer and both Finished; of a handshake that resumes a session, the whole. */
  clientFlight: {
    modules: [
      'src/tls/certificateVerify.ts',
      'src/tls/clientKeyExchange.ts',
      'src/tls/finished.ts',
      'src/tls/keySchedule.ts',
      'src/tls/states/clientFlight.ts',
      'src/tls/states/finish.ts',
      'src/crypto/prf.ts',
    ],
  },
  /** The client and the publisher of a connection keep this code for as long as they live. */
  mqtt: {
    modules: [
      'src/mqtt/client.ts',
      'src/mqtt/decode.ts',
      'src/mqtt/encode.ts',
      'src/mqtt/errors.ts',
      'src/mqtt/packetReader.ts',
      'src/mqtt/topic.ts',
      'src/bytes/utf8.ts',
      'firmware/commands.ts',
      'firmware/health.ts',
      'firmware/publisher.ts',
    ],
    last: 'createPublisher',
  },
};

/** Points in the board's life: those that `main.ts` knows, and those that TLS tells of. */
export type Phase =
  | 'time known'
  | 'making keys'
  /** With the key of the server whose chain is in the cache. */
  | 'expecting known chain'
  | 'expecting new chain'
  | 'dialling'
  | HandshakePhase
  | 'connected'
  | 'trial judged'
  /** The signature of an update. */
  | 'verifying update'
  | 'update verified'
  | 'update over';

/** What is done when a phase begins, in this order. */
export interface PhasePlan {
  phase: Phase;
  /** Only with a key of this type. */
  key?: 'rsa' | 'ec';
  release?: readonly PartName[];
  /** Collect garbage: 5 to 10 ms. Small holes remain, in which BigInts are slow for a second: fill them before a curve. */
  collect?: true;
  /** Parse ahead of the first call, which else would take the time. */
  load?: readonly PartName[];
  /** Fill small holes until the next phase: curves are up to twice as fast then. 8 ms, 3 KB. */
  fill?: true;
}

export const PLAN: readonly PhasePlan[] = [
  // The clock runs by itself from now on.
  { phase: 'time known', release: ['time'] },
  // Large stretches of memory are needed next, and the last connection's objects are garbage.
  { phase: 'making keys', collect: true, load: ['hello', 'curves'], fill: true },
  // Memory is scarcest while a chain is verified: what is needed after that would be in the way.
  // So do the curves: an RSA chain wants none, and with an EC chain they come again in 0.1 s.
  { phase: 'expecting new chain', release: ['curves'], collect: true, load: ['serverFlight', 'path', 'x509', 'rsa'] },
  { phase: 'expecting known chain', load: ['serverFlight', 'clientFlight', 'cipher'] },
  // One signature is left to be verified, that of the key exchange.
  { phase: 'expecting known chain', key: 'rsa', load: ['rsa'] },
  // What making the keys left behind; no curve is near.
  { phase: 'dialling', collect: true },
  // A chain other than the one expected finds these loaded.
  { phase: 'verifying chain', release: ['clientFlight', 'cipher', 'curves'] },
  // Keys on curves are rarely certified by RSA; what is wanted all the same is loaded again.
  { phase: 'verifying chain', key: 'ec', release: ['rsa'] },
  { phase: 'verifying chain', collect: true },
  // Reading and hashing a certificate leaves 10 KB of garbage, which the engine by itself would let lie.
  { phase: 'next certificate', collect: true },
  { phase: 'verifying signatures', release: ['x509'], collect: true },
  { phase: 'verifying signatures', key: 'ec', load: ['curves'], fill: true },
  { phase: 'verifying server', key: 'ec', fill: true },
  // The chain and the signatures left much behind, and the client's flight is to come.
  { phase: 'server verified', collect: true, load: ['clientFlight'] },
  { phase: 'sharing secret', load: ['curves'], fill: true },
  // The shared secret was the last multiplication; RSA signing needs the room.
  { phase: 'signing', key: 'rsa', release: ['curves'], load: ['rsaSign'], fill: true },
  { phase: 'signed', release: ['curves', 'rsa'] },
  { phase: 'connected', release: ['serverFlight', 'clientFlight', 'curves', 'rsa', 'cipher'], collect: true },
  // The copies of the settings were compared, for which their part was loaded.
  { phase: 'trial judged', release: ['trial', 'flash', 'settings'] },
  { phase: 'verifying update', release: ['manifest', 'trial'], collect: true },
  { phase: 'update verified', release: ['curves'], collect: true },
  { phase: 'update over', release: ['update', 'manifest', 'trial', 'flash', 'settings'] },
];
