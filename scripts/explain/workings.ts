/** Every value that the connection's security rests on, computed anew from the wire with the code that the board runs. */
import { concat } from '../../src/bytes/encoding.ts';
import { curveOf } from '../../src/crypto/curve.ts';
import { multiple } from '../../src/crypto/scalarMultiplication.ts';
import { bigIntToBytes } from '../../src/bytes/bigint.ts';
import { HmacKey } from '../../src/crypto/hmac.ts';
import { sha256 } from '../../src/crypto/sha256.ts';
import { finish } from '../../src/index.ts';
import { verifyData } from '../../src/tls/keySchedule.ts';
import { schemeAlgorithm } from '../../src/tls/signatureScheme.ts';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import { signatureAlgorithm } from '../../src/x509/signature.ts';
import { decryptCommand, hashCommand, multiplyCommand, prfCommand, tagCommand } from './commands.ts';
import { type Facts, serverFirst } from './facts.ts';
import { curveNumbers } from './curveNumbers.ts';
import { openRecords } from './sealed.ts';
import { signatureWorking } from './signatureWorking.ts';
import type { Input, Origin, Working } from './working.ts';

const board = (what: string): Origin => ({ kind: 'board', what });
const working = (id: string): Origin => ({ kind: 'working', id });
const sent = (name: string, field?: string): Origin => message('out', name, field);
const received = (name: string, field?: string): Origin => message('in', name, field);

function message(direction: 'in' | 'out', name: string, field: string | undefined): Origin {
  return { kind: 'message', direction, name, ...(field === undefined ? {} : { field }) };
}

/** In the order in which the connection needs them. */
export function workingsOf(facts: Facts): Working[] {
  return [
    ...chainLinks(facts),
    ...serverSignature(facts),
    ...keyAgreement(facts),
    ...deviceLink(facts),
    ...secrets(facts),
    ...deviceSignature(facts),
    ...finishedData(facts),
    ...openedRecords(facts),
  ];
}

/** Each certificate of the path with the key above it. */
function chainLinks({ chain }: Facts): Working[] {
  if (chain === null) return [];
  return chain.path.map((certificate, i): Working => {
    const issuer = chain.path[i + 1] as Certificate | undefined;
    const above = issuer?.what ?? `anchor ${chain.anchor.name}`;
    const { inputs, ...rest } = signatureWorking({
      key: issuer?.publicKey ?? chain.anchor.publicKey,
      algorithm: signatureAlgorithm(certificate.algorithm, certificate.what),
      signed: certificate.tbs,
      signedName: 'tbsCertificate',
      signature: certificate.signature,
    });
    return {
      id: `link ${i}`,
      title: `Signature of the ${issuer === undefined ? 'root' : 'issuer'} on ${certificate.what}`,
      inputs: [
        { name: 'tbsCertificate', bytes: certificate.tbs, origin: received('Certificate') },
        { name: `${inputs.hash} of it`, bytes: inputs.digest, origin: received('Certificate') },
        { name: 'signatureValue', bytes: certificate.signature, origin: received('Certificate', 'signatureValue') },
        {
          name: `public key of ${above}`,
          bytes: inputs.key,
          origin: issuer === undefined ? board('the anchor that it was built with') : received('Certificate'),
        },
      ],
      ...rest,
      reference: 'RFC 5280, section 6.1.3',
      code: 'chainSignature',
    };
  });
}

function serverSignature({ chain, keyExchange, randoms }: Facts): Working[] {
  if (chain === null || keyExchange === null || randoms === null) return [];
  const { params, scheme, signature } = keyExchange;
  const { inputs, ...rest } = signatureWorking({
    key: chain.leaf.publicKey,
    algorithm: schemeAlgorithm(scheme),
    signed: concat(randoms, params),
    signedName: 'client_random + server_random + ServerECDHParams',
    signature,
  });
  return [
    {
      id: 'server signature',
      title: 'The server’s signature on its ephemeral key',
      inputs: [
        { name: 'client_random', bytes: randoms.subarray(0, 32), origin: sent('ClientHello', 'random') },
        { name: 'server_random', bytes: randoms.subarray(32), origin: received('ServerHello', 'random') },
        { name: 'ServerECDHParams', bytes: params, origin: received('ServerKeyExchange', 'point') },
        { name: `${inputs.hash} of these three`, bytes: inputs.digest, origin: received('ServerKeyExchange') },
        { name: 'signature', bytes: signature, origin: received('ServerKeyExchange', 'signature') },
        { name: 'public key of leaf', bytes: inputs.key, origin: received('Certificate', 'subjectPublicKey') },
      ],
      ...rest,
      reference: 'RFC 8422, section 5.4',
      code: 'serverSignature',
    },
  ];
}

/** The board's key pair and the point that both sides share. */
function keyAgreement({ privateKey, clientPoint, keyExchange, preMasterSecret }: Facts): Working[] {
  if (clientPoint === null || keyExchange === null) return [];
  const { curve } = keyExchange.group;
  const { base, length } = curveNumbers(curve);
  const secret = privateKey === null ? null : bigIntToBytes(privateKey, length);
  const key: Input = { name: 'private key d', bytes: secret, origin: board('its random generator') };
  const product = privateKey === null ? null : finish(multiple(curveOf(curve), privateKey, curveOf(curve).base));
  const point = product === null ? null : curveOf(curve).encode(product);
  return [
    {
      id: 'client point',
      title: 'The board’s ephemeral public key',
      formula: 'Q = d · G',
      inputs: [key, { name: `G, the base point of ${curve}`, bytes: base, origin: board('SP 800-186') }],
      result: { name: 'Q', bytes: point, isRight: null },
      expected: {
        name: 'on the wire (ecdh_Yc)',
        bytes: clientPoint,
        origin: sent('ClientKeyExchange', 'ecdh_Yc'),
      },
      reference: 'RFC 8422, section 5.7',
      code: 'generate',
      commands: privateKey === null ? [] : [multiplyCommand(curve, privateKey, base, clientPoint, 'both')],
    },
    {
      id: 'pre_master_secret',
      title: 'The shared point, of which X is the pre_master_secret',
      formula: 'X of d · Q of the server',
      inputs: [
        key,
        { name: 'the server’s point', bytes: keyExchange.point, origin: received('ServerKeyExchange', 'point') },
      ],
      result: { name: 'pre_master_secret', bytes: preMasterSecret, isRight: null },
      expected: null,
      reference: 'RFC 8422, section 5.10',
      code: 'sharedSecret',
      commands:
        privateKey === null || preMasterSecret === null
          ? []
          : [multiplyCommand(curve, privateKey, keyExchange.point, preMasterSecret, 'x')],
    },
  ];
}

function secrets({ serverHello, randoms, hashed, preMasterSecret, masterSecret, keyBlock }: Facts): Working[] {
  if (serverHello === null || randoms === null || hashed === null) return [];
  const sessionHash = sha256(hashed);
  const isExtended = serverHello.extendedMasterSecret;
  const seed = isExtended ? sessionHash : randoms;
  const label = isExtended ? 'extended master secret' : 'master secret';
  return [
    {
      id: 'session_hash',
      title: 'The fingerprint of all messages so far',
      formula: 'SHA-256(ClientHello + … + ClientKeyExchange)',
      inputs: [{ name: 'the messages, without record headers', bytes: hashed, origin: sent('ClientKeyExchange') }],
      result: { name: 'session_hash', bytes: sessionHash, isRight: null },
      expected: null,
      reference: 'RFC 7627, section 3',
      code: 'sessionHash',
      commands: [hashCommand('SHA-256', hashed, sessionHash)],
    },
    {
      id: 'master_secret',
      title: isExtended ? 'The extended master secret' : 'The master secret',
      formula: `PRF(pre_master_secret, "${label}", ${isExtended ? 'session_hash' : 'client_random + server_random'})`,
      inputs: [
        { name: 'pre_master_secret', bytes: preMasterSecret, origin: working('pre_master_secret') },
        { name: isExtended ? 'session_hash' : 'both randoms', bytes: seed, origin: working('session_hash') },
      ],
      result: { name: 'master_secret', bytes: masterSecret, isRight: null },
      expected: null,
      reference: isExtended ? 'RFC 7627, section 4' : 'RFC 5246, section 8.1',
      code: 'master',
      commands:
        preMasterSecret === null || masterSecret === null
          ? []
          : [prfCommand(preMasterSecret, label, seed, masterSecret)],
    },
    {
      id: 'key_block',
      title: 'The key block, cut into keys',
      formula: 'PRF(master_secret, "key expansion", server_random + client_random)',
      inputs: [
        { name: 'master_secret', bytes: masterSecret, origin: working('master_secret') },
        { name: 'server_random', bytes: randoms.subarray(32), origin: received('ServerHello', 'random') },
        { name: 'client_random', bytes: randoms.subarray(0, 32), origin: sent('ClientHello', 'random') },
      ],
      result: { name: 'key_block', bytes: keyBlock, isRight: null },
      expected: null,
      reference: 'RFC 5246, section 6.3',
      code: 'keyBlock',
      commands:
        masterSecret === null || keyBlock === null
          ? []
          : [prfCommand(masterSecret, 'key expansion', serverFirst(randoms), keyBlock)],
    },
  ];
}

/** The authority's signature on the device's certificate, where the authority is known here. */
function deviceLink({ deviceCertificate, tape: { deviceAuthority } }: Facts): Working[] {
  if (deviceCertificate === null || deviceAuthority === null) return [];
  const certificate = parseCertificate(deviceCertificate, 'device');
  const { inputs, ...rest } = signatureWorking({
    key: parseCertificate(deviceAuthority, 'authority').publicKey,
    algorithm: signatureAlgorithm(certificate.algorithm, certificate.what),
    signed: certificate.tbs,
    signedName: 'tbsCertificate',
    signature: certificate.signature,
  });
  return [
    {
      id: 'device link',
      title: 'The authority’s signature on the board’s certificate',
      inputs: [
        { name: 'tbsCertificate', bytes: certificate.tbs, origin: sent('Certificate') },
        { name: `${inputs.hash} of it`, bytes: inputs.digest, origin: sent('Certificate') },
        { name: 'signatureValue', bytes: certificate.signature, origin: sent('Certificate', 'signatureValue') },
        {
          name: 'public key of the authority',
          bytes: inputs.key,
          origin: board('the authority of devices that the server was given'),
        },
      ],
      ...rest,
      reference: 'RFC 5280, section 6.1.3',
      code: 'chainSignature',
    },
  ];
}

/** CertificateVerify: the device's signature on the same messages. */
function deviceSignature({ certificateVerify, deviceCertificate, hashed }: Facts): Working[] {
  if (certificateVerify === null || deviceCertificate === null || hashed === null) return [];
  const { scheme, signature } = certificateVerify;
  const { inputs, ...rest } = signatureWorking({
    key: parseCertificate(deviceCertificate, 'device').publicKey,
    algorithm: schemeAlgorithm(scheme),
    signed: hashed,
    signedName: 'ClientHello + … + ClientKeyExchange',
    signature,
  });
  return [
    {
      id: 'device signature',
      title: 'The board’s signature on the handshake',
      inputs: [
        { name: `${inputs.hash} of the messages`, bytes: inputs.digest, origin: working('session_hash') },
        { name: 'signature', bytes: signature, origin: sent('CertificateVerify', 'signature') },
        { name: 'public key of the device', bytes: inputs.key, origin: sent('Certificate', 'subjectPublicKey') },
      ],
      ...rest,
      reference: 'RFC 5246, section 7.4.8',
      code: 'certificateVerify',
    },
  ];
}

/** verify_data of both sides. */
function finishedData({ masterSecret, hashedForClient, keyBlock, observed }: Facts): Working[] {
  if (hashedForClient === null) return [];
  const opened =
    keyBlock === null ? [] : openRecords(observed, keyBlock).filter(({ record }) => record.bytes[0] === 22);
  const [mine, theirs] = (['out', 'in'] as const).map(
    (direction) => opened.find(({ record }) => record.direction === direction)?.content ?? null,
  );
  const make = (side: 'client' | 'server', messages: Uint8Array | null, found: Uint8Array | null): Working => {
    const digest = messages === null ? null : sha256(messages);
    const bytes =
      masterSecret === null || digest === null ? null : finish(verifyData(new HmacKey(masterSecret), side, digest));
    return {
      id: `${side} finished`,
      title: side === 'client' ? 'The board’s verify_data' : 'The server’s verify_data',
      formula: `PRF(master_secret, "${side} finished", SHA-256(all messages before it)), 12 bytes`,
      inputs: [
        { name: 'master_secret', bytes: masterSecret, origin: working('master_secret') },
        {
          name: 'hash of the messages',
          bytes: digest,
          origin: side === 'client' ? sent('CertificateVerify') : sent('Finished'),
        },
      ],
      result: { name: 'verify_data', bytes, isRight: null },
      expected:
        found === null
          ? null
          : {
              name: 'on the wire, decrypted',
              bytes: found.subarray(4),
              origin: side === 'client' ? sent('Finished') : received('Finished'),
            },
      reference: 'RFC 5246, section 7.4.9',
      code: side === 'client' ? 'verifyData' : 'finished',
      commands:
        masterSecret === null || digest === null || bytes === null || messages === null
          ? []
          : [hashCommand('SHA-256', messages, digest), prfCommand(masterSecret, `${side} finished`, digest, bytes)],
    };
  };
  return [
    make('client', hashedForClient, mine),
    make('server', mine === null ? null : concat(hashedForClient, mine), theirs),
  ];
}

function openedRecords({ observed, keyBlock }: Facts): Working[] {
  if (keyBlock === null) return [];
  return openRecords(observed, keyBlock).map((opened, i): Working => {
    const { record, key, nonce, additionalData, ciphertext, tag, content } = opened;
    const { direction, sequence } = record;
    const origin: Origin = { kind: 'record', direction, sequence };
    const side = direction === 'out' ? 'client' : 'server';
    return {
      id: `record ${i}`,
      title: `Record ${sequence} of the ${side === 'client' ? 'board' : 'server'}, opened`,
      formula: 'AES-128-GCM-open(key, nonce, additional data, ciphertext, tag)',
      inputs: [
        { name: `${side}_write_key`, bytes: key, origin: working('key_block') },
        { name: 'nonce', bytes: nonce, origin: working('key_block') },
        {
          name: 'additional data: sequence number, type, version, length',
          bytes: additionalData,
          origin: board('counting'),
        },
        { name: 'ciphertext', bytes: ciphertext, origin },
        { name: 'tag', bytes: tag, origin },
      ],
      result: { name: 'content', bytes: content, isRight: content !== null },
      expected: null,
      reference: 'RFC 5288, section 3',
      code: 'tag',
      commands:
        content === null
          ? []
          : [decryptCommand(key, nonce, ciphertext, content), tagCommand(key, nonce, additionalData, ciphertext, tag)],
    };
  });
}
