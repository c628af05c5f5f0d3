/**
 * The command line by which BoringSSL's runner tells a shim what to do (ssl/test/PORTING.md, ssl/test/test_config.cc),
 * as far as our client can do it.
 */
import { readFileSync } from 'node:fs';

/** Flags without a value. Those that do not appear in `Settings` ask for what the client does anyway. */
const SWITCHES = [
  '-ipv6',
  '-async',
  '-implicit-handshake',
  '-no-op-extra-handshake',
  '-shim-writes-first',
  '-shim-shuts-down',
  '-check-close-notify',
  '-verify-peer',
  '-verify-fail',
  '-expect-verify-result',
  '-use-custom-verify-callback',
  '-use-old-client-cert-callback',
  '-use-export-context',
  '-tls-unique',
  '-no-tls13',
  '-no-tls12',
  '-no-tls11',
  '-no-tls1',
  '-renegotiate-ignore',
  '-expect-session-miss',
  '-expect-no-session',
  '-expect-session-id',
  '-expect-no-session-id',
  '-expect-extended-master-secret',
  '-expect-secure-renegotiation',
  '-expect-no-hrr',
  '-fips-202205',
];

/** Flags with a value, which may come more than once. */
const VALUES = [
  '-port',
  '-shim-id',
  '-resume-count',
  '-host-name',
  '-cert-file',
  '-key-file',
  '-curves',
  '-verify-prefs',
  '-signing-prefs',
  '-advertise-alpn',
  '-expect-alpn',
  '-min-version',
  '-max-version',
  '-expect-version',
  '-expect-cipher',
  '-expect-cipher-aes',
  '-expect-cipher-no-aes',
  '-expect-curve-id',
  '-expect-peer-signature-algorithm',
  '-expect-certificate-types',
  '-expect-client-ca-list',
  '-expect-peer-cert-file',
  '-expect-total-renegotiations',
  '-export-keying-material',
  '-export-label',
  '-export-context',
  '-max-cert-list',
];

/** The test asks for what the client does not implement; the message is the reason, as config.json has it. */
export class Unimplemented extends Error {}

/** The settings of one connection. */
export class Settings {
  private readonly values = new Map<string, string[]>();

  add(name: string, value: string): void {
    this.values.set(name, [...this.all(name), value]);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  text(name: string): string | undefined {
    return this.all(name)[0];
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }

  numbers(name: string): number[] {
    return this.all(name).map(Number);
  }

  /** The contents of the file that the flag names. */
  file(name: string): string | undefined {
    const path = this.text(name);
    return path === undefined ? undefined : readFileSync(path, 'utf8');
  }

  private all(name: string): string[] {
    return this.values.get(name) ?? [];
  }
}

/** @throws Unimplemented for a flag that is not known, or a value that asks for what the client cannot do */
export function parseFlags(args: readonly string[]): { initial: Settings; resume: Settings } {
  const initial = new Settings();
  const resume = new Settings();
  for (let i = 0; i < args.length; i++) {
    const flag = args[i];
    const name = flag.replace(/^-on-(initial|resume|shim)-/, '-');
    if (!SWITCHES.includes(name) && !VALUES.includes(name)) throw new Unimplemented(`unknown flag ${flag}`);
    const value = VALUES.includes(name) ? args[++i] : '';
    if (!flag.startsWith('-on-resume-')) initial.add(name, value);
    if (!flag.startsWith('-on-initial-')) resume.add(name, value);
  }
  checkSupported(initial);
  checkSupported(resume);
  return { initial, resume };
}

const TLS12 = 0x0303;
const GROUPS = [23, 24];
const RSA_SHA256 = 0x0401;
const ECDSA_SHA256 = 0x0403;
/** Bytes of a certificate list. */
const MOST = 20480;
const VERIFIED_SCHEMES = [ECDSA_SHA256, RSA_SHA256, 0x0503, 0x0501, 0x0603, 0x0601];

function checkSupported(settings: Settings): void {
  const { min, max } = { min: settings.number('-min-version') || 0, max: settings.number('-max-version') || TLS12 };
  if (settings.has('-no-tls12') || min > TLS12 || max < TLS12) throw new Unimplemented('TLS 1.2 only');
  if ((settings.number('-expect-version') ?? TLS12) !== TLS12) throw new Unimplemented('TLS 1.2 only');
  const curves = settings.numbers('-curves');
  if (!GROUPS.some((group) => curves.length === 0 || curves.includes(group))) throw new Unimplemented('no such curve');
  if (!GROUPS.includes(settings.number('-expect-curve-id') ?? GROUPS[0])) throw new Unimplemented('no such curve');
  const verified = [...settings.numbers('-verify-prefs'), ...settings.numbers('-expect-peer-signature-algorithm')];
  if (!verified.every((scheme) => VERIFIED_SCHEMES.includes(scheme)))
    throw new Unimplemented('no such signature scheme');
  const [preferred = RSA_SHA256] = settings.numbers('-signing-prefs');
  if (preferred !== RSA_SHA256 && preferred !== ECDSA_SHA256) throw new Unimplemented('no such signature scheme');
  if (settings.has('-verify-fail') && !settings.has('-verify-peer')) throw new Unimplemented('no soft failures');
  // BoringSSL's limit is 16 KB, ours is fixed; the one test's list of 48 KB exceeds both.
  if ((settings.number('-max-cert-list') ?? MOST) > MOST) throw new Unimplemented('certificate lists of 20 KB at most');
  if ((settings.number('-expect-total-renegotiations') ?? 0) > 0) throw new Unimplemented('no renegotiation');
}
