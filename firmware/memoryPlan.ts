/**
 * Says which code of the program is in memory when, and why. Kaluma gives a program 150 KB of heap, and byte code lies in
 * it: 1.25 B for each byte of text. So half of the program is in parts. `kaluma/parts.ts` reads a part from flash and
 * parses it, 17 ms a KB, when the plan says so or one of its functions is called. Releasing a part is always safe:
 * code that still runs, and objects that the part has made, keep the code they need.
 *
 * Three things are decided outside of the plan, because they depend on the moment and not on a phase:
 * - `tidy()` in `memory.ts` collects garbage between two turns, slices or messages, when much of the heap is in use.
 * - `countReceived()` in `kaluma/heap.ts` collects garbage before the received bytes fill the C heap, which nobody can measure.
 * - `prepare()` in `main.ts` sets `generator = null` when the secrets of a handshake are made: the random number generator is
 *   an object of the part `keys` and would keep its code in memory.
 */
import type { Checkpoint } from '../src/index.ts';

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
  | 'admission'
  | 'update'
  | 'receive'
  | 'install'
  | 'jobs'
  | 'job'
  | 'i2cSearch'
  | 'oneWireSearch'
  | 'alarms'
  | 'shadow'
  | 'advice'
  | 'failure'
  | 'alert'
  | 'time'
  | 'chain'
  | 'keys'
  | 'curves'
  | 'combs'
  | 'ecdsa'
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
  /** Reads and writes the records and marks in flash that say which program is in force, and which is on trial. */
  trial: { modules: ['firmware/update/trial.ts', 'firmware/bootRecord.ts'] },
  /** Reads and writes sectors of the program area, for `trial`, `update`, `receive` and `install`. */
  flash: { modules: ['firmware/kaluma/flash.ts'] },
  /** Reads and checks the header of an update, before the rest of it is received. */
  manifest: { modules: ['firmware/update/manifest.ts'] },
  /** Decides whether the board accepts an update, and has the signature in its header verified. */
  admission: { modules: ['firmware/update/admission.ts'] },
  /** Conducts an update from its offer to its end: asks for the header and for one block after the other. */
  update: { modules: ['firmware/update/brokerChannel.ts', 'firmware/update/updater.ts'] },
  /** Takes the blocks of an update: unpacks, hashes and stores them. */
  receive: {
    modules: ['firmware/update/receiver.ts', 'firmware/update/sectorMarks.ts', 'firmware/update/unpack.ts'],
  },
  /** Puts a received update on trial. */
  install: { modules: ['firmware/update/install.ts'] },
  /** Asks AWS IoT Jobs for updates. The object of a connection keeps this code in memory as long as it lives. */
  jobs: { modules: ['firmware/jobs.ts'], last: 'createJobs', optional: true },
  /** Carries out one AWS job. */
  job: { modules: ['firmware/update/job.ts'], last: 'openJob', optional: true },
  /** Finds out why a sensor on I2C does not answer as it should, for the log. */
  i2cSearch: { modules: ['firmware/sensors/i2cSearch.ts'], last: 'explainI2c', optional: true },
  /** Does the same on a one-wire bus, and lists the chips on it when the board boots. */
  oneWireSearch: { modules: ['firmware/sensors/oneWireSearch.ts'], last: 'explainOneWire', optional: true },
  /** Handles an alarm that is raised, sent or acknowledged. */
  alarms: { modules: ['firmware/alarmEvents.ts'], last: 'alarmStep', optional: true },
  /** Serves AWS's Device Shadow. The object of a connection keeps this code in memory as long as it lives. */
  shadow: { modules: ['firmware/shadow.ts'], last: 'createShadow', optional: true },
  /** Adds advice to the log when a connection failed. */
  advice: { modules: ['firmware/advice.ts'], last: 'advice' },
  /** Turns the error that ended a connection into one that names the message and the alert. */
  failure: { modules: ['src/tls/failure.ts', 'src/tls/messageName.ts'], last: 'toTlsError' },
  /** Reads and writes alerts, which come when a connection ends. */
  alert: { modules: ['src/tls/alert.ts'], last: 'alertBytes' },
  /** Asks for the time by SNTP. */
  time: { modules: ['firmware/sntp.ts', 'firmware/timeSync.ts', 'firmware/kaluma/udp.ts'] },
  /** Reads the server's chain from flash once, and writes it there after another was verified. */
  chain: { modules: ['firmware/keptChain.ts'], last: 'keptChain' },
  /** Makes the secrets of a handshake. */
  keys: { modules: ['src/tls/prepareHandshake.ts', 'src/crypto/hashDrbg.ts', 'firmware/kaluma/entropy.ts'] },
  /** Computes with points on curves, from the making of the key pair to the signature in CertificateVerify. */
  curves: {
    modules: [
      'src/crypto/combTable.ts',
      'src/crypto/curve.ts',
      'src/crypto/ecdh.ts',
      'src/crypto/ecdsaSign.ts',
      'src/crypto/invert.ts',
      'src/crypto/jacobian.ts',
      'src/crypto/modulus.ts',
      'src/crypto/scalarMultiplication.ts',
    ],
  },
  /** Multiplies points that are known: for keys, and to verify ECDSA. */
  combs: { modules: ['src/crypto/baseComb.ts', 'src/crypto/comb.ts'] },
  /** Verifies ECDSA signatures. */
  ecdsa: { modules: ['src/crypto/ecdsa.ts'] },
  /** Verifies RSA signatures; signing uses it as well. */
  rsa: { modules: ['src/crypto/rsa.ts', 'src/crypto/rsaModulus.ts'] },
  /** Signs for a device with an RSA key. */
  rsaSign: { modules: ['src/crypto/rsaSign.ts'], last: 'signRsaPkcs1' },
  /** Computes SHA-384 and SHA-512, with which few certificates are signed. */
  sha512: { modules: ['src/crypto/sha512.ts'], last: 'sha512Steps' },
  /** Verifies the server's chain, unless it is the kept one. */
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
  /** Writes the ClientHello and reads the ServerHello. */
  hello: {
    modules: [
      'src/tls/cipherSuite.ts',
      'src/tls/clientHello.ts',
      'src/tls/extensions.ts',
      'src/tls/serverHello.ts',
      'src/tls/states/expectServerHello.ts',
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
      'src/bytes/pieceReader.ts',
      'src/crypto/hashName.ts',
      'src/x509/signature.ts',
    ],
  },
  /** Makes the client's flight and handles both Finished. A handshake that resumes a session needs it, but not `serverFlight`. */
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
  | Checkpoint
  | 'connected'
  | 'trial judged'
  /** The signature of an update is about to be verified. */
  | 'verifying update'
  | 'update verified'
  | 'update over';

/** One step at the beginning of a phase. `memory.ts` carries out its fields in this order. */
export interface PhasePlan {
  /** The step is taken only if the key has this type. */
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

/** Returns the steps for the beginning of a phase. It is a function because the whole plan as objects takes 1.8 KB of the heap. */
export function plansOf(phase: Phase): readonly PhasePlan[] {
  switch (phase) {
    case 'time known':
      return [
        // The clock needs no server from now on.
        { release: ['time'] },
      ];
    case 'making keys':
      return [
        // A handshake that failed has left its parts loaded.
        { release: ['serverFlight', 'clientFlight', 'path', 'x509', 'cipher', 'ecdsa', 'rsa'] },
        // The next phases need large stretches of memory, and the objects of the last connection are garbage.
        { collect: true, load: ['hello', 'keys', 'curves', 'combs'], fill: true },
      ];
    case 'expecting new chain':
      return [
        // Memory is scarcest while a chain is verified, so parts that only later steps need are released.
        // The curves are released too: an RSA chain needs none, and for an EC chain they load in 0.1 s.
        { release: ['keys', 'curves', 'combs'], collect: true, load: ['serverFlight', 'path', 'x509', 'rsa'] },
      ];
    case 'expecting known chain':
      return [
        { release: ['keys'] },
        // Only the signature of the key exchange is left to verify.
        { key: 'rsa', release: ['combs'] },
        { load: ['serverFlight', 'cipher'] },
        { key: 'rsa', load: ['rsa'] },
        { key: 'ec', load: ['ecdsa'] },
      ];
    case 'dialling':
      return [
        // Frees what making the keys left behind. No curve computes soon.
        { collect: true },
      ];
    case 'verifying chain':
      return [
        // If the server sends another chain than the expected one, these parts are loaded already and in the way.
        { release: ['cipher', 'curves', 'combs', 'ecdsa'] },
        // RSA rarely certifies keys on curves. Where it does, the part is loaded again.
        { key: 'ec', release: ['rsa'] },
        { collect: true },
      ];
    case 'next certificate':
      return [
        // Reading and hashing a certificate leaves 10 KB of garbage, which the engine by itself would let lie.
        { collect: true },
      ];
    case 'verifying signatures':
      return [
        { release: ['x509'], collect: true },
        { key: 'ec', load: ['curves', 'combs', 'ecdsa'], fill: true },
      ];
    case 'verifying server':
      return [
        // If the chain was known, most of the handshake's code is loaded by now, and comparing the chain has left garbage.
        { collect: true },
        { key: 'ec', fill: true },
      ];
    case 'server verified':
      return [
        // The chain and the signatures left much garbage. Without this load the client's flight would be loaded in the same turn, but
        // the peak with an RSA device key would then be a step of the engine's higher: 149,712 B, not 143,960.
        { release: ['combs', 'ecdsa', 'rsa'], collect: true, load: ['clientFlight'] },
      ];
    case 'sharing secret':
      return [
        // The server has said everything, and the client's certificate is written.
        { release: ['serverFlight'], collect: true, load: ['curves'], fill: true },
      ];
    case 'signing':
      return [
        // The shared secret was the last multiplication on a curve, and RSA signing needs the memory.
        { key: 'rsa', release: ['curves'], load: ['rsaSign'], fill: true },
      ];
    case 'signed':
      return [{ release: ['curves', 'rsa'] }];
    case 'connected':
      return [
        { release: ['serverFlight', 'clientFlight', 'curves', 'combs', 'ecdsa', 'rsa', 'cipher'], collect: true },
      ];
    case 'long record':
      return [
        // Up to 16 KB are allocated in one stretch, and the engine collects for many new objects, not for large ones.
        { collect: true },
      ];
    case 'trial judged':
      return [
        // The board has compared the two copies of the settings, which loads the part `settings`.
        { release: ['trial', 'flash', 'settings'] },
      ];
    case 'verifying update':
      return [
        // The heap is fullest here, and loading leaves garbage. Collecting before each load lowers the peak by 3 KB.
        { release: ['manifest', 'trial', 'flash'], collect: true, load: ['curves'] },
        { collect: true, load: ['combs'] },
        { collect: true, load: ['ecdsa'] },
        { collect: true },
      ];
    case 'update verified':
      return [{ release: ['curves', 'combs', 'ecdsa', 'admission'], collect: true }];
    case 'update over':
      return [{ release: ['update', 'admission', 'receive', 'install', 'manifest', 'trial', 'flash', 'settings'] }];
    case 'secret shared':
      return [];
  }
}
