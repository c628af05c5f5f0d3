/** Shows the content of a message in plain words, field by field: the connection's own hellos, request and certificate. */
import { cipherSuiteOf, groupOf } from '../../../../src/index.ts';
import { SERVER_NAME, SIGNATURE_ALGORITHMS, SUPPORTED_GROUPS } from '../../../../src/tls/extensions.ts';
import { parseCertificate } from '../../../../src/x509/certificate.ts';
import { parseCertificateRequest } from '../../certificateRequest.ts';
import { nameText } from '../../objectIdentifiers.ts';
import { seen } from '../../observe.ts';
import { extensionText, schemeName, suiteName } from '../../tlsMeanings.ts';
import { facts } from '../connection.ts';
import { digits, make } from '../dom.ts';
import { letter } from './chain.ts';

export function clientHelloFigure(): HTMLElement {
  const { clientHello } = facts;
  if (clientHello === null) return missing('ClientHello');
  const { random, suites, serverName, groups, schemes, extensions } = clientHello;
  // The extensions for server_name, groups and schemes have rows of their own.
  const others = extensions.filter((id) => ![SERVER_NAME, SUPPORTED_GROUPS, SIGNATURE_ALGORITHMS].includes(id));
  return table('This ClientHello says', [
    ['I speak', ['TLS 1.2']],
    ['my random bytes are', [digits(random)]],
    ['I can do these suites', suites.map((id) => (cipherSuiteOf(id) === undefined ? notSuite(id) : suiteName(id)))],
    ['on these curves', groups.map((id) => groupOf(id)?.curve ?? `number ${id}`)],
    ['and verify these signatures', schemes.map(schemeName)],
    ['I want to talk to', [serverName ?? 'no name: it was dialled by its address']],
    ['and I know', others.map(extensionText)],
  ]);
}

/** RFC 5746, section 3.3: a number in the list that stands for no suite. */
function notSuite(id: number): string {
  return id === 0x00ff ? `${suiteName(id)}: no suite, but a word on renegotiation` : `suite ${id.toString(16)}`;
}

const PARTS: readonly [part: string, about: string][] = [
  ['ECDHE', 'agrees on a fresh secret: steps 8 to 13'],
  ['RSA', 'the signature that proves the server: steps 6, 7 and 11'],
  ['ECDSA', 'the signature that proves the server: steps 6, 7 and 11'],
  ['AES_128_GCM', 'the lock of every record: step 18'],
  ['SHA256', 'the fingerprint, and the tap made of it: steps 5 and 14'],
];

export function serverHelloFigure(): HTMLElement {
  const { serverHello } = facts;
  if (serverHello === null) return missing('ServerHello');
  const { cipherSuite, random } = serverHello;
  const figure = table('This ServerHello says', [
    ['my random bytes are', [digits(random)]],
    ['we take', [cipherSuite.name]],
  ]);
  const cuts = make('div', 'cuts');
  for (const [part, about] of PARTS.filter(([name]) =>
    cipherSuite.name.split(/^TLS_|_WITH_|_(?=ECDSA|RSA|SHA)/).includes(name),
  )) {
    const box = make('div', 'cut');
    box.append(make('b', '', part), make('span', 'about', about));
    cuts.append(box);
  }
  figure.append(cuts);
  return figure;
}

/** ClientCertificateType (RFC 5246, section 7.4.4, and RFC 8422, section 5.5). */
const KINDS: Partial<Record<number, string>> = { 1: 'RSA', 2: 'DSA', 64: 'ECDSA' };

/** The kinds of certificate that the server asks for, and the one that the board shows. */
export function requestFigure(): HTMLElement {
  const request = seen(facts.observed, 'in', 'CertificateRequest');
  if (request === undefined) return missing('CertificateRequest');
  const { types, schemes, authorities } = parseCertificateRequest(request);
  const kinds = types.map((type) => KINDS[type] ?? `kind ${type}`);
  const figure = table('This CertificateRequest says', [
    ['I take keys for', [kinds.join(', ')]],
    [
      'and signatures',
      [
        schemes
          .map(schemeName)
          .filter((name) => !name.startsWith('not '))
          .join(', '),
      ],
    ],
    ['certified by', authorities.length === 0 ? ['whomever: I name nobody'] : authorities.map(nameText)],
  ]);
  const { deviceCertificate } = facts;
  if (deviceCertificate !== null) {
    const { subject, issuer, publicKey } = parseCertificate(deviceCertificate, 'device');
    const kind = publicKey.type === 'rsa' ? 'an RSA key' : `a key on ${publicKey.curve}`;
    const about = `${kind}; the seal is by ${nameText(issuer)}`;
    figure.append(
      make('h3', '', 'The board answers with its Certificate'),
      letter('the board’s own', nameText(subject), about),
    );
  }
  return figure;
}

function table(title: string, rows: readonly (readonly [name: string, values: readonly string[]])[]): HTMLElement {
  const figure = make('figure', 'said-in');
  const list = make('dl');
  for (const [name, values] of rows) {
    list.append(make('dt', '', name), ...values.map((value) => make('dd', '', value)));
  }
  figure.append(make('h3', '', title), list);
  return figure;
}

function missing(name: string): HTMLElement {
  const figure = make('figure');
  figure.append(make('p', 'withheld', `No ${name} that can be read came in this connection.`));
  return figure;
}
