/** Chains of certificates like those of real servers, and a client of ours for each of them. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  basicConstraints,
  encodeKeyPem,
  encodePem,
  extendedKeyUsage,
  extension,
  keyUsage,
  makeCertificate,
  makeDeviceIdentity,
  makeKey,
  makeServerChain,
  subjectAltName,
} from '../../scripts/lib/certificates.ts';
import { octetString } from '../../scripts/lib/der.ts';
import { prepareRsaPrivateKey } from '../../scripts/lib/rsaKey.ts';
import { type ClientIdentity, type TlsClientOptions, trustAnchor } from '../../src/index.ts';
import type { Trace } from '../../src/trace.ts';
import { sharedFolder } from '../support/shared.ts';
import { clientOptions, device, HOST, identity } from '../support/tls/conversation.ts';
import { Dialled } from '../support/tls/nodeServer.ts';

const DAY = 86_400_000;

export interface Chain {
  key: KeyObject;
  certificates: Buffer[];
  anchor: Buffer;
  /** The suite and the group on which the handshake must agree. */
  cipherSuite: number;
}

/**
 * Leaf, issuer and root.
 * @param curve of issuer and root, which sign with the hash of its size
 * @param padding bytes of an extension of the issuer's that nobody knows
 */
function makeChain(key: KeyObject, curve: 'P-256' | 'P-384', padding = 0): Chain {
  const [issuerKey, rootKey] = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: curve }).privateKey);
  const issuer = { O: 'Interop', CN: `${curve} issuer` };
  const root = { O: 'Interop', CN: `${curve} root` };
  const common = {
    from: new Date(Date.now() - DAY),
    to: new Date(Date.now() + DAY),
    hash: curve === 'P-384' ? 'sha384' : 'sha256',
  } as const;
  const authority = [basicConstraints(true), keyUsage('keyCertSign')];
  const weight = padding === 0 ? [] : [extension('1.3.6.1.4.1.55738.1', false, octetString(Buffer.alloc(padding)))];
  const names = [subjectAltName(HOST), keyUsage('digitalSignature'), extendedKeyUsage('serverAuth')];
  return {
    key,
    certificates: [
      makeCertificate({ subject: { CN: 'leaf' }, subjectKey: key, issuer, issuerKey, extensions: names, ...common }),
      makeCertificate({
        ...{ subject: issuer, subjectKey: issuerKey, issuer: root, issuerKey: rootKey, ...common },
        extensions: [...authority, ...weight],
      }),
    ],
    anchor: makeCertificate({
      ...{ subject: root, subjectKey: rootKey, issuer: root, issuerKey: rootKey, ...common },
      extensions: authority,
    }),
    cipherSuite: key.asymmetricKeyType === 'rsa' ? 0xc02f : 0xc02b,
  };
}

/**
 * As Let's Encrypt signs today: a leaf for 90 days by an intermediate on P-384, and that by a root of RSA with 4096
 * bits.
 */
function makeLetsEncryptChain(curve: 'P-256' | 'P-384', rootKey: KeyObject): Chain {
  const on = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
  const [key, issuerKey] = [on(curve), on('P-384')];
  const issuer = { C: 'US', O: 'Interop', CN: 'E7' };
  const root = { C: 'US', O: 'Interop', CN: 'Root X1' };
  const from = new Date(Date.now() - DAY);
  const to = new Date(Date.now() + 89 * DAY);
  const authority = [basicConstraints(true, 0), keyUsage('digitalSignature', 'keyCertSign', 'cRLSign')];
  return {
    key,
    certificates: [
      makeCertificate({
        // The host is named by subjectAltName alone, which is critical then.
        ...{ subject: {}, subjectKey: key, issuer, issuerKey, from, to, hash: 'sha384' },
        extensions: [subjectAltName(HOST), keyUsage('digitalSignature'), extendedKeyUsage('serverAuth')],
      }),
      makeCertificate({
        ...{ subject: issuer, subjectKey: issuerKey, issuer: root, issuerKey: rootKey, from, to, hash: 'sha256' },
        extensions: [...authority, extendedKeyUsage('serverAuth', 'clientAuth')],
      }),
    ],
    anchor: makeCertificate({
      ...{ subject: root, subjectKey: rootKey, issuer: root, issuerKey: rootKey, from, to, hash: 'sha256' },
      extensions: [basicConstraints(true), keyUsage('keyCertSign', 'cRLSign')],
    }),
    cipherSuite: 0xc02b,
  };
}

/** A key of RSA-4096, which takes seconds to make, so the processes of a run share it. */
async function sharedRootKey(): Promise<KeyObject> {
  const folder = await sharedFolder('a key of RSA-4096', (empty) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 4096 });
    writeFileSync(join(empty, 'key.pem'), encodeKeyPem(privateKey));
    return Promise.resolve();
  });
  return createPrivateKey(readFileSync(join(folder, 'key.pem')));
}

const rootKey = await sharedRootKey();
const rsa = await makeServerChain({ kind: 'rsa', host: HOST });
const ecKey = await makeKey('ecdsa');
const plain = makeChain(ecKey, 'P-256', 1);
const listed = plain.certificates.reduce((sum, { length }) => sum + length + 3, 0);
/** Certificates that lead nowhere, which fill a list up to 16 KB: the client takes none of more than 6 KB. */
const stranger = (padding: number): Buffer => makeChain(ecKey, 'P-384', padding).certificates[1];
// Lengths in the padded certificates grow by some bytes with them, hence the margin.
const weight = Math.floor((16384 - listed) / 3) - stranger(1).length - 16;
const strangers = [stranger(weight), stranger(weight), stranger(weight)];

export const chains: Record<string, Chain> = {
  'RSA, four certificates': { ...rsa, cipherSuite: 0xc02f },
  'RSA below P-384': makeChain(rsa.key, 'P-384'),
  'ECDSA, P-256': makeChain(ecKey, 'P-256'),
  'ECDSA below P-384': makeChain(ecKey, 'P-384'),
  "Let's Encrypt's, P-256": makeLetsEncryptChain('P-256', rootKey),
  "Let's Encrypt's, P-384": makeLetsEncryptChain('P-384', rootKey),
  'a certificate list of 16 KB': { ...plain, certificates: [...plain.certificates, ...strangers] },
};

const rsaDevice = await makeDeviceIdentity({ thing: 'kitchen-2', kind: 'rsa' });

/** The certificate that the device shows when it is asked. */
export const identities: Record<'none' | 'EC' | 'RSA', ClientIdentity | null> = {
  none: null,
  EC: identity,
  RSA: { certificates: [rsaDevice.certificate], key: { type: 'rsa', ...prepareRsaPrivateKey(rsaDevice.key) } },
};

/** Authorities of the devices, PEM. */
export const deviceAuthorities = [device, rsaDevice].map((one) => encodePem('CERTIFICATE', one.authority)).join('');

/** A chain and its key as servers read them, PEM. */
export function pemOf({ certificates, key }: Chain): { leaf: string; above: string; key: string } {
  const [leaf, ...above] = certificates.map((der) => encodePem('CERTIFICATE', der));
  return { leaf, above: above.join(''), key: encodeKeyPem(key) };
}

/** Our client, on its way to a server with this chain. */
export function dial(port: number, chain: Chain, changes: Partial<TlsClientOptions> = {}, size?: number): Dialled {
  return new Dialled(port, clientOptions({ anchors: [trustAnchor(chain.anchor, 'the root')], ...changes }), size);
}

/** Connects to a server with this chain that asks for a certificate. @returns how many unprotected records it sent */
export async function recordsUntilConnected(port: number, chain: Chain): Promise<number> {
  let records = 0;
  const trace: Trace = {
    record: ({ direction, protected: isProtected }) => void (records += Number(direction === 'in' && !isProtected)),
    message() {},
    secret() {},
  };
  await dial(port, chain, { identity: identities.EC, trace }).until('connected');
  return records;
}
