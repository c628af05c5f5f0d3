/** Twenty boards updated at once, through the local endpoint: models that ask, check and restart as updater.ts does. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { generate, parser } from 'mqtt-packet';
import { HEADER, parseHeader, type Manifest } from '../../firmware/update/manifest.ts';
import { createUnpacker, LONGEST } from '../../firmware/update/unpack.ts';
import { prepareFolder } from '../../scripts/endpoint/folder.ts';
import { Endpoint } from '../../scripts/endpoint/localEndpoint.ts';
import { encodeKeyPem, encodePem, makeDeviceIdentity } from '../../scripts/lib/certificates.ts';
import { Console } from '../../scripts/lib/console.ts';
import { withTopics } from '../../scripts/update/targets.ts';
import { offerAll, report } from '../../scripts/update/byBroker.ts';
import { makeUpdate } from '../../scripts/update/file.ts';
import { Offer } from '../../scripts/update/offer.ts';
import { SeededRandom } from '../support/random.ts';

const HOST = 'endpoint.test';

interface Model {
  thing: string;
  key: string;
  certificate: string;
  port: number;
  /** Blocks after which its connection breaks for once. */
  breaksAfter?: number;
  /** Why its trial fails. */
  fails?: string;
}

/** A board that is on until the socket that it returns last is closed. */
class ModelBoard {
  private readonly model: Model;
  private readonly topic: string;
  private socket: TLSSocket | null = null;
  private id = '';
  private file = Buffer.alloc(0);
  private blocks = 0;
  hasBroken = false;
  private state = '';
  isClosed = false;

  constructor(model: Model) {
    this.model = model;
    this.topic = `kitchen/${model.thing}`;
    this.connect();
  }

  close(): void {
    this.isClosed = true;
    this.socket?.destroy();
  }

  private connect(): void {
    const { thing, key, certificate: cert, port } = this.model;
    const options = { port, host: '127.0.0.1', servername: HOST, key, cert, rejectUnauthorized: false };
    const socket = connect({ ...options, maxVersion: 'TLSv1.2' });
    this.socket = socket;
    const reader = parser({ protocolVersion: 4 });
    reader.on('packet', (packet) => {
      if (packet.cmd === 'connack') {
        const subscriptions = [{ topic: `${this.topic}/command`, qos: 0 as const }];
        socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions }));
      } else if (packet.cmd === 'suback') this.sayHealth();
      else if (packet.cmd === 'publish') this.take(packet.payload as Buffer);
    });
    socket.on('data', (bytes: Buffer) => reader.parse(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (!this.isClosed) this.connect();
    });
    socket.write(generate({ cmd: 'connect', clientId: thing, clean: true, keepalive: 60 }));
  }

  private say(name: string, fields: object): void {
    const packet = { cmd: 'publish', topic: `${this.topic}/${name}`, payload: JSON.stringify(fields) } as const;
    this.socket?.write(generate({ ...packet, qos: 0, retain: false, dup: false }));
  }

  private sayHealth(): void {
    const { fails: why } = this.model;
    if (this.state === '') return this.say('health', { firmware: '1.2.3', slot: 0 });
    const onTrial = { firmware: '1.3.0', slot: 1, update: this.id };
    this.say('health', { ...onTrial, state: this.state });
    // A reading is acknowledged.
    if (this.state === 'trial') this.state = why === undefined ? 'confirmed' : 'rejected';
    const now = why === undefined ? onTrial : { ...onTrial, firmware: '1.2.3', slot: 0, why };
    this.say('health', { ...now, state: this.state });
  }

  private ask(): void {
    const offset = this.file.length;
    const length = offset === 0 ? HEADER : Math.min(HEADER, HEADER + lengthOf(this.manifest()) - offset);
    this.say('reply', { command: 'update', id: this.id, ok: true, offset, length });
  }

  private manifest(): Manifest {
    return parseHeader(this.file.toString('latin1', 0, HEADER)).manifest;
  }

  private take(payload: Buffer): void {
    if (payload[0] !== 0) {
      const { command, id } = JSON.parse(payload.toString()) as { command: string; id: string };
      assert.equal(command, 'update');
      if (this.state !== '') return;
      this.id = id;
      return this.ask();
    }
    const offset = payload.readUInt32BE(9);
    if (payload.toString('latin1', 1, 9) !== this.id || offset !== this.file.length) return;
    this.file = Buffer.concat([this.file, payload.subarray(13)]);
    this.blocks += 1;
    if (this.blocks === this.model.breaksAfter) {
      this.hasBroken = true;
      return void this.socket?.destroy();
    }
    const manifest = this.manifest();
    if (this.file.length < HEADER + lengthOf(manifest)) return this.ask();
    const pages: Uint8Array[] = [];
    const read = (offset: number): Uint8Array => Buffer.concat(pages).subarray(offset, offset + LONGEST);
    createUnpacker(0, manifest.size, read, (page) => pages.push(page)).take(this.file.subarray(HEADER));
    assert.equal(createHash('sha256').update(Buffer.concat(pages)).digest('hex'), manifest.sha256);
    this.say('reply', { command: 'update', id: this.id, ok: true, state: 'installed' });
    this.state = 'trial';
    this.socket?.end();
  }
}

/** Bytes of the payload as it travels. */
function lengthOf({ size, packed = size }: Manifest): number {
  return packed;
}

test('twenty boards are updated at once, though one is late, some lose their connection, and one goes back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'update-many-'));
  after(() => rmSync(folder, { recursive: true }));
  const prepared = await prepareFolder({ folder, kind: 'ecdsa', host: HOST });
  const things = Array.from({ length: 20 }, (_, i) => `kitchen-${i + 1}`);
  const identities = await Promise.all(things.map((thing) => makeDeviceIdentity({ thing, authorityKind: 'ecdsa' })));
  const authorities = identities.map(({ authority }) => encodePem('CERTIFICATE', authority)).join('');
  const deviceAuthority = prepared.deviceAuthority + authorities;
  const endpoint = await Endpoint.start({ ...prepared, deviceAuthority, port: 0, address: '127.0.0.1' });
  const config = prepared.writeBoardConfig(endpoint.port, 60);
  const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  // Its first half cannot be packed, so that connections can break in the middle of it.
  const payload = Buffer.from(Buffer.from(new SeededRandom(1).bytes(15_000)).toString('base64').repeat(2));
  const facts = { kind: 'program' as const, version: '1.3.0', made: 1, sensors: ['rp2040'], bootstrap: 1 };
  const update = makeUpdate(facts, payload, signingKey);
  const boards = things.map((thing) => withTopics({ file: prepared.boardFile, config: { ...config, thing } }));
  const models: ModelBoard[] = [];
  const switchOn = (i: number): void => {
    const { key, certificate } = identities[i];
    models.push(
      new ModelBoard({
        ...{
          thing: things[i],
          key: encodeKeyPem(key),
          certificate: encodePem('CERTIFICATE', certificate),
          port: endpoint.port,
        },
        ...(i % 5 === 1 && { breaksAfter: 3 + i }),
        ...(i === 7 && { fails: 'the watchdog ended it' }),
      }),
    );
  };
  const late = setTimeout(() => switchOn(19), 1500);
  try {
    for (let i = 0; i < 19; i++) switchOn(i);
    const [stdout, stderr]: string[][] = [[], []];
    const console = new Console(
      { write: (text) => stdout.push(text.trimEnd()) },
      { write: (text) => stderr.push(text.trimEnd()) },
      {},
    );
    const offers = boards.map((board) => ({ board, offer: new Offer(board.config.thing, update) }));
    const [certificate, key] = ['watcher.crt.pem', 'watcher.key.pem'].map((name) => join(folder, name));
    const options = { certificate, 'certificate-key': key, address: '127.0.0.1', wait: 60_000 };
    await offerAll(offers, { ...options, stop: new AbortController().signal }, console);
    assert.equal(report(offers, console), 1, stderr.join('\n'));
    assert.equal(models.filter(({ hasBroken }) => hasBroken).length, 4);
    for (const [i, thing] of things.entries()) {
      const outcome =
        i === 7
          ? 'not updated: went back: the watchdog ended it; it still runs 1.2.3 in slot 0'
          : 'updated: runs 1.3.0 from slot 1';
      assert.ok(stdout.includes(`${thing}  ${outcome}`), stdout.join('\n'));
    }
  } finally {
    clearTimeout(late);
    for (const model of models) model.close();
    await endpoint.close();
  }
});
