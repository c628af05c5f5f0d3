/** Starts mosquitto, a broker that others wrote, behind TLS. */
import { freePort, Program } from './programs.ts';

/** The programs that the tests with it need. */
export const MOSQUITTO = ['mosquitto', 'mosquitto_passwd'];

/** Writes a file of the broker's. @returns its path */
type File = (name: string, content: string) => Promise<string>;

/**
 * @param server its chain and its key, PEM
 * @param access lines of mosquitto.conf: who may connect
 */
export async function startMosquitto(
  file: File,
  server: { chain: string; key: string },
  access: string[],
): Promise<{ broker: Program; port: number }> {
  const port = await freePort();
  const configuration = await file(
    'mosquitto.conf',
    [
      `listener ${port} 127.0.0.1`,
      `certfile ${await file('chain.pem', server.chain)}`,
      `keyfile ${await file('key.pem', server.key)}`,
      'tls_version tlsv1.2',
      // Started as root, it would else become a user who may not read the files.
      'user root',
      'log_type all',
      ...access,
      '',
    ].join('\n'),
  );
  const broker = new Program('mosquitto', ['-c', configuration]);
  await broker.says(/mosquitto version .* running/);
  return { broker, port };
}

/** Lines of mosquitto.conf: one user with this password may connect, and nobody else. */
export async function byPassword(file: File, username: string, password: string): Promise<string[]> {
  const users = await file('users', `${username}:${password}\n`);
  await new Program('mosquitto_passwd', ['-U', users]).ends();
  return ['allow_anonymous false', `password_file ${users}`];
}
