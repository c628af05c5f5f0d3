/** Lists the checks that both sides make before they trust the connection, with the compared values and the results. */
import { equalBytes, toHex } from '../../src/bytes/encoding.ts';
import { curveOf, type EcCurve } from '../../src/crypto/curve.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { DIGITAL_SIGNATURE } from '../../src/x509/extensions.ts';
import type { CodeName } from './code.ts';
import type { Facts } from './facts.ts';
import { extensionName, schemeName } from './tlsMeanings.ts';
import { isRight, type Working } from './working.ts';

export interface Check {
  id: string;
  /** The side that makes the check. */
  side: 'board' | 'server';
  /** The message with which it is checked. */
  message: string;
  what: string;
  against: string;
  /** Null where the page may not know a secret that it takes. */
  isRight: boolean | null;
  reference: string;
  code: CodeName;
}

/** In the order in which they are made, as far as the connection came. */
export function checksOf(facts: Facts, workings: readonly Working[]): Check[] {
  return [
    ...helloChecks(facts),
    ...chainChecks(facts, workings),
    ...keyExchangeChecks(facts, workings),
    ...deviceChecks(facts, workings),
    ...finishedChecks(workings),
    ...recordChecks(workings),
  ];
}

function helloChecks({ clientHello, serverHello, tape }: Facts): Check[] {
  if (clientHello === null || serverHello === null) return [];
  const about = { side: 'board', message: 'ServerHello' } as const;
  const { cipherSuite, alpn } = serverHello;
  const asked = clientHello.extensions.map(extensionName).join(', ');
  return [
    {
      ...about,
      id: 'suite',
      what: `the suite chosen: ${cipherSuite.name}`,
      against: 'those that it offered',
      isRight: clientHello.suites.includes(cipherSuite.id),
      reference: 'RFC 5246, section 7.4.1.3',
      code: 'suite',
    },
    {
      ...about,
      id: 'extensions',
      what: 'each extension in the answer',
      against: `those that it asked for: ${asked}, renegotiation_info`,
      // The parser refuses any other.
      isRight: alpn === null || alpn === tape.alpn,
      reference: 'RFC 5246, section 7.4.1.4',
      code: 'extension',
    },
    {
      ...about,
      id: 'renegotiation',
      what: 'renegotiation_info in the answer',
      against: 'the rule that it must be there: a stranger could else put this handshake behind one of its own',
      isRight: serverHello.secureRenegotiation,
      reference: 'RFC 9325, section 3.5',
      code: 'renegotiation',
    },
  ];
}

function chainChecks({ chain, chainProblem, tape, serverCertificates }: Facts, workings: readonly Working[]): Check[] {
  const about = { side: 'board', message: 'Certificate' } as const;
  if (chain === null) {
    if (serverCertificates.length === 0) return [];
    const why = chainProblem ?? 'unknown';
    return [
      {
        ...about,
        id: 'chain',
        what: 'the server’s certificates',
        against: `its anchors: ${why}`,
        isRight: false,
        reference: 'RFC 5280, section 6.1',
        code: 'anchor',
      },
    ];
  }
  const { path, anchor, leaf } = chain;
  const links = path.flatMap((certificate, i): Check[] => {
    const above = i + 1 < path.length ? path[i + 1].what : `the anchor ${anchor.name}`;
    return [
      ...(i === 0 ? [] : authorityChecks(certificate)),
      {
        ...about,
        id: `dates ${i}`,
        what: `the dates of ${certificate.what}: ${day(certificate.notBefore)} to ${day(certificate.notAfter)}`,
        against: `its clock: ${day(tape.time)}`,
        isRight: tape.time >= certificate.notBefore && tape.time < certificate.notAfter + 1000,
        reference: 'RFC 5280, section 6.1.3',
        code: 'dates',
      },
      {
        ...about,
        id: `signature ${i}`,
        what: `the signature on ${certificate.what}`,
        against: `the key of ${above}`,
        isRight: rightOf(workings, `link ${i}`),
        reference: 'RFC 5280, section 6.1.3',
        code: 'chainSignature',
      },
    ];
  });
  return [
    {
      ...about,
      id: 'name',
      what: 'the names in the leaf’s subjectAltName',
      against: `the name that was dialled, ${tape.host}`,
      isRight: true,
      reference: 'RFC 9525, section 6',
      code: 'name',
    },
    {
      ...about,
      id: 'leaf usage',
      what: 'keyUsage and extendedKeyUsage of the leaf',
      against: 'digitalSignature and serverAuth',
      isRight: (leaf.keyUsage & DIGITAL_SIGNATURE) !== 0 && leaf.serverAuth,
      reference: 'RFC 5246, section 7.4.2',
      code: 'digitalSignature',
    },
    ...links,
    {
      ...about,
      id: 'anchor',
      what: `the last issuer’s name and key`,
      against: `the anchors that it was built with: ${anchor.name}`,
      isRight: tape.anchors.includes(anchor),
      reference: 'RFC 5280, section 6.1.1',
      code: 'anchor',
    },
  ];
}

function authorityChecks({ what, ca, keyUsage }: Certificate): Check[] {
  const about = { side: 'board', message: 'Certificate' } as const;
  return [
    {
      ...about,
      id: `ca ${what}`,
      what: `basicConstraints of ${what}`,
      against: 'cA: it may sign certificates',
      isRight: ca,
      reference: 'RFC 5280, section 4.2.1.9',
      code: 'basicConstraints',
    },
    {
      ...about,
      id: `usage ${what}`,
      what: `keyUsage of ${what}`,
      against: 'keyCertSign: its key may sign certificates',
      isRight: (keyUsage & 4) !== 0,
      reference: 'RFC 5280, section 4.2.1.3',
      code: 'keyCertSign',
    },
  ];
}

function keyExchangeChecks({ keyExchange, chain }: Facts, workings: readonly Working[]): Check[] {
  if (keyExchange === null || chain === null) return [];
  const about = { side: 'board', message: 'ServerKeyExchange' } as const;
  return [
    {
      ...about,
      id: 'server signature',
      what: `the signature on the server’s point, ${schemeName(keyExchange.scheme)}`,
      against: 'both randoms, the server’s point and the key of its certificate',
      isRight: rightOf(workings, 'server signature'),
      reference: 'RFC 8422, section 5.4',
      code: 'serverSignature',
    },
    {
      ...about,
      id: 'point',
      what: `the server’s point, X = ${toHex(keyExchange.point.subarray(1, 5))} …`,
      against: `the equation of ${keyExchange.group.curve}, y² = x³ − 3x + b`,
      isRight: isOnCurve(keyExchange.point, keyExchange.group.curve),
      reference: 'RFC 8422, section 5.11',
      code: 'onCurve',
    },
  ];
}

function deviceChecks({ deviceCertificate, clientPoint, keyExchange }: Facts, workings: readonly Working[]): Check[] {
  const checks: Check[] = [];
  if (workings.some(({ id }) => id === 'device link')) {
    checks.push({
      id: 'device link',
      side: 'server',
      message: 'Certificate',
      what: 'the signature on the board’s certificate',
      against: 'the key of the authority that it trusts for boards',
      isRight: rightOf(workings, 'device link'),
      reference: 'RFC 5246, section 7.4.6',
      code: 'chainSignature',
    });
  }
  if (clientPoint !== null && keyExchange !== null) {
    checks.push({
      id: 'client point',
      side: 'server',
      message: 'ClientKeyExchange',
      what: 'the board’s point',
      against: `the equation of ${keyExchange.group.curve}`,
      isRight: isOnCurve(clientPoint, keyExchange.group.curve),
      reference: 'RFC 8422, section 5.11',
      code: 'onCurve',
    });
  }
  if (deviceCertificate !== null) {
    checks.push({
      id: 'device signature',
      side: 'server',
      message: 'CertificateVerify',
      what: 'the board’s signature on all messages so far',
      against: 'the key of the board’s certificate',
      isRight: rightOf(workings, 'device signature'),
      reference: 'RFC 5246, section 7.4.8',
      code: 'certificateVerify',
    });
  }
  return checks;
}

function finishedChecks(workings: readonly Working[]): Check[] {
  return (['client', 'server'] as const)
    .filter((side) => workings.some(({ id }) => id === `${side} finished`))
    .map((side) => ({
      id: `${side} finished`,
      side: side === 'client' ? 'server' : 'board',
      message: 'Finished',
      what: `verify_data of the ${side === 'client' ? 'board' : 'server'}`,
      against: 'its own result, from the hash of all messages as it saw them',
      isRight: rightOf(workings, `${side} finished`),
      reference: 'RFC 5246, section 7.4.9',
      code: 'finished',
    }));
}

function recordChecks(workings: readonly Working[]): Check[] {
  const records = workings.filter(({ id }) => id.startsWith('record '));
  if (records.length === 0) return [];
  return [
    {
      id: 'tags',
      side: 'board',
      message: 'record',
      what: `the tags of ${records.length} encrypted records, those of both sides`,
      against: 'its own, from key, sequence number, type, version, length and content',
      isRight: records.every((record) => isRight(record) === true),
      reference: 'RFC 5246, section 6.2.3.3',
      code: 'tag',
    },
  ];
}

function rightOf(workings: readonly Working[], id: string): boolean | null {
  const found = workings.find((working) => working.id === id);
  return found === undefined ? null : isRight(found);
}

function isOnCurve(point: Uint8Array, curve: EcCurve): boolean {
  try {
    return equalBytes(curveOf(curve).encode(curveOf(curve).decode(point)), point);
  } catch {
    return false;
  }
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
