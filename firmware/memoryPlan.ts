/**
 * Says which code of the program is in memory when, and why. Kaluma gives a program 150 KB of heap, and byte code lies in
 * it: 1.25 B for each byte of text. So half of the program is in parts. `kaluma/parts.ts` reads a part from flash and
 * parses it, 17 ms a KB, when the plan says so or one of its functions is called. Releasing a part is always safe:
 * code that still runs, and objects that the part has made, keep the code they need.
 */
import type { HandshakePhase } from '../src/index.ts';

/** A part of the program. The linker refuses a rule that names a module or a function that does not exist. */
export interface PartRule {
  /** Its modules. Code outside may use only functions of them; their variables are lost when the part is released. */
  modules: readonly string[];
  /** The function whose call releases the part, because code outside calls nothing of the part after it. */
  last?: string;
  /** Whether a program may lack it, because the config has no such sensor or no alarms. */
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

/**
 * All other modules are parsed at boot. Error classes are in no part, because code outside uses them with
 * `instanceof`.
 */
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
  /** Handles an alarm that is raised, sent or acknowledged. */
  alarms: { modules: ['firmware/alarmEvents.ts'], last: 'alarmStep', optional: true },
  /** Serves AWS's Device Shadow. The object of a connection keeps this code in memory as long as it lives. */
  shadow: { modules: ['firmware/shadow.ts'], last: 'createShadow', optional: true },
  /** Adds advice to the log when a connection failed. */
  advice: { modules: ['firmware/advice.ts'], last: 'advice' },
  /** Alerts are sent or received when a connection ends. */
  alert: { modules: ['src/tls/alert.ts'], last: 'alertBytes' },
  /** Asks for the time by SNTP. */
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
  /** Verifies RSA signatures; signing uses it as well. */
  rsa: { modules: ['src/crypto/rsa.ts', 'src/crypto/rsaModulus.ts'] },
  /** Signs for a device with an RSA key. */
  rsaSign: { modules: ['src/crypto/rsaSign.ts'], last: 'signRsaPkcs1' },
  /** Few certificates are signed with SHA-384 or SHA-512. */
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
  /** The AES-GCM keys of a connection keep this code in memory as long as they live. */
  cipher: {
    modules: ['src/crypto/aes.ts', 'src/crypto/aesGcm.ts', 'src/crypto/ghash.ts', 'src/tls/recordProtection.ts'],
  },
  /** Used from the making of the keys before dialling to the ServerHello. */
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
  /** Reads the server's flight: its certificates, its key share, its CertificateRequest. */
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
  /** The client's flight and both Finished messages; a handshake that resumes a session needs nothing else. */
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
  /** The MQTT client and the publisher of a connection keep this code in memory as long as they live. */
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

/** Points in the board's life: `main.ts` reports some, the TLS client's checkpoints the others. */
export type Phase =
  | 'time known'
  | 'making keys'
  /** The cache has the chain of this server, with a key of the given type. */
  | 'expecting known chain'
  | 'expecting new chain'
  | 'dialling'
  | HandshakePhase
  | 'connected'
  | 'trial judged'
  /** The signature of an update is about to be verified. */
  | 'verifying update'
  | 'update verified'
  | 'update over';

/** What happens when a phase begins, in the order of the fields. */
export interface PhasePlan {
  phase: Phase;
  /** Only if the key has this type. */
  key?: 'rsa' | 'ec';
  release?: readonly PartName[];
  /**
   * Collect garbage: 5 to 10 ms. It leaves small holes, which make BigInts slow for a second: fill them before a
   * curve.
   */
  collect?: true;
  /** Parse these parts now, ahead of their first call, which would otherwise take that time. */
  load?: readonly PartName[];
  /** Fill small holes until the next phase, which makes curves up to twice as fast. Takes 8 ms and 3 KB. */
  fill?: true;
}

export const PLAN: readonly PhasePlan[] = [
  // The clock needs no server from now on.
  { phase: 'time known', release: ['time'] },
  // The next phases need large stretches of memory, and the objects of the last connection are garbage.
  { phase: 'making keys', collect: true, load: ['hello', 'curves'], fill: true },
  // Memory is scarcest while a chain is verified: what is needed after that would be in the way.
  // So do the curves: an RSA chain wants none, and with an EC chain they come again in 0.1 s.
  { phase: 'expecting new chain', release: ['curves'], collect: true, load: ['serverFlight', 'path', 'x509', 'rsa'] },
  { phase: 'expecting known chain', load: ['serverFlight', 'clientFlight', 'cipher'] },
  // Only the signature of the key exchange is left to verify.
  { phase: 'expecting known chain', key: 'rsa', load: ['rsa'] },
  // Frees what making the keys left behind. No curve computes soon.
  { phase: 'dialling', collect: true },
  // If the server sends another chain than the expected one, these parts are loaded already and in the way.
  { phase: 'verifying chain', release: ['clientFlight', 'cipher', 'curves'] },
  // RSA rarely certifies keys on curves. Where it does, the part is loaded again.
  { phase: 'verifying chain', key: 'ec', release: ['rsa'] },
  { phase: 'verifying chain', collect: true },
  // Reading and hashing a certificate leaves 10 KB of garbage, which the engine by itself would let lie.
  { phase: 'next certificate', collect: true },
  { phase: 'verifying signatures', release: ['x509'], collect: true },
  { phase: 'verifying signatures', key: 'ec', load: ['curves'], fill: true },
  { phase: 'verifying server', key: 'ec', fill: true },
  // The chain and the signatures left much garbage, and the client's flight comes next.
  { phase: 'server verified', collect: true, load: ['clientFlight'] },
  { phase: 'sharing secret', load: ['curves'], fill: true },
  // The shared secret was the last multiplication on a curve, and RSA signing needs the memory.
  { phase: 'signing', key: 'rsa', release: ['curves'], load: ['rsaSign'], fill: true },
  { phase: 'signed', release: ['curves', 'rsa'] },
  { phase: 'connected', release: ['serverFlight', 'clientFlight', 'curves', 'rsa', 'cipher'], collect: true },
  // The copies of the settings were compared, for which their part was loaded.
  { phase: 'trial judged', release: ['trial', 'flash', 'settings'] },
  { phase: 'verifying update', release: ['manifest', 'trial'], collect: true },
  { phase: 'update verified', release: ['curves'], collect: true },
  { phase: 'update over', release: ['update', 'manifest', 'trial', 'flash', 'settings'] },
];
