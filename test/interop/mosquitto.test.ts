/** The whole way to a broker: MQTT over our TLS to mosquitto, by client certificate and by user name and password. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TlsClientOptions } from '../../src/index.ts';
import { createMqttClient, type MqttClientOptions, type MqttEvent } from '../../src/mqtt/index.ts';
import { chains, type Chain, deviceAuthorities, dial, identities, pemOf } from './chains.ts';
import { byPassword, MOSQUITTO, startMosquitto } from './mosquitto.ts';
import { choppingRelay, folder, missing, type Program } from './programs.ts';

const skip = missing(...MOSQUITTO);
/** Of each test. A server that says nothing is a failure, not a wait without end. */
const only = { skip, timeout: 60_000 };
const file = skip === false ? await folder() : () => Promise.reject(new Error(skip));
const PASSWORD = 'a throw-away password';

function start(chain: Chain, access: string[]): Promise<{ broker: Program; port: number }> {
  const { leaf, above, key } = pemOf(chain);
  return startMosquitto(file, { chain: leaf + above, key }, access);
}

async function byCertificate(): Promise<string[]> {
  const authorities = await file('ca.pem', deviceAuthorities);
  return [`cafile ${authorities}`, 'require_certificate true', 'use_identity_as_username true'];
}

/** An MQTT client on a TLS client on a socket. */
class Kitchen {
  readonly events: Exclude<MqttEvent, { type: 'transmit' }>[] = [];
  readonly mqtt;
  private readonly dialled;
  private handed = 0;

  constructor(port: number, chain: Chain, mqtt: Partial<MqttClientOptions>, tls: Partial<TlsClientOptions>) {
    this.mqtt = createMqttClient({ clientId: 'kitchen-1', keepAliveSeconds: 60, ...mqtt });
    this.dialled = dial(port, chain, tls);
  }

  async connect(): Promise<void> {
    await this.dialled.until('connected');
    this.mqtt.start(0);
    await this.until('connected');
  }

  /** Carries bytes to and fro until this event has come. @throws the error if one comes instead */
  async until<T extends MqttEvent['type']>(type: T): Promise<Extract<MqttEvent, { type: T }>> {
    for (;;) {
      for (let event = this.mqtt.nextEvent(); event !== undefined; event = this.mqtt.nextEvent()) {
        if (event.type === 'transmit') this.dialled.tls.send(event.bytes);
        else this.events.push(event);
      }
      const failed = this.events.find((event) => event.type === 'failed');
      if (failed?.type === 'failed' && type !== 'failed') throw failed.error;
      const at = this.events.findIndex((event) => event.type === type);
      if (at >= 0) return this.events.splice(at, 1)[0] as Extract<MqttEvent, { type: T }>;
      const data = await this.dialled.untilData(this.handed + 1);
      this.mqtt.receive(data.subarray(this.handed), 0);
      this.handed = data.length;
    }
  }

  async end(): Promise<void> {
    this.mqtt.disconnect();
    await this.until('disconnected');
    this.dialled.tls.close();
    await this.dialled.until('closed');
  }
}

/** Subscribes, publishes and gets its own message. */
async function publish(kitchen: Kitchen): Promise<void> {
  await kitchen.connect();
  const { mqtt } = kitchen;
  const id = mqtt.subscribe('kitchen/temperature');
  assert.deepEqual(await kitchen.until('subscribed'), { type: 'subscribed', messageId: id, granted: 1 });
  const payload = Buffer.from('{"celsius":21.5}');
  const sent = mqtt.publish({ topic: 'kitchen/temperature', payload, qos: 1 });
  assert.equal((await kitchen.until('acknowledged')).messageId, sent);
  const { topic, payload: got } = await kitchen.until('message');
  assert.deepEqual([topic, Buffer.from(got).toString()], ['kitchen/temperature', payload.toString()]);
  await kitchen.end();
}

for (const [name, who, size] of [
  ['RSA, four certificates', 'EC', 'whole'],
  ['ECDSA below P-384', 'RSA', 'whole'],
  ['ECDSA, P-256', 'EC', 'one byte a segment'],
] as const) {
  test(`mosquitto accepts a client certificate of type ${who}, server ${name}, ${size}`, only, async () => {
    const { broker, port } = await start(chains[name], await byCertificate());
    const dialled = size === 'whole' ? port : await choppingRelay(port);
    await publish(new Kitchen(dialled, chains[name], {}, { identity: identities[who] }));
    await broker.says(/New client connected .* as kitchen-1 .*u'kitchen-[12]'/);
    await broker.says(/Client kitchen-1 disconnected\./);
  });
}

test('mosquitto accepts user name and password, and refuses a wrong one', only, async () => {
  const chain = chains['RSA below P-384'];
  const { broker, port } = await start(chain, await byPassword(file, 'kitchen', PASSWORD));
  const user = { username: 'kitchen', password: Buffer.from(PASSWORD) };
  await publish(new Kitchen(port, chain, user, { identity: null }));
  await broker.says(/as kitchen-1 .*u'kitchen'/);
  const stranger = new Kitchen(port, chain, { ...user, password: Buffer.from('guessed') }, { identity: null });
  await assert.rejects(stranger.connect(), { name: 'MqttError' });
});

test('mosquitto refuses a client without the certificate that it demands', only, async () => {
  const chain = chains['ECDSA, P-256'];
  const { port } = await start(chain, await byCertificate());
  await assert.rejects(new Kitchen(port, chain, {}, { identity: null }).connect(), {
    name: 'TlsError',
    origin: 'peer',
  });
});
