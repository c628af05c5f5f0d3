/**
 * Faults that can happen to a board in a kitchen. Each is imposed on a board that publishes, or is about to boot, and is
 * removed again. Then the board must publish again by itself within the stated time, and must not lose readings silently.
 */
import { connect as connectTls } from 'node:tls';
import { generate } from 'mqtt-packet';
import type { Cut } from '../../scripts/simulator/network/connection.ts';
import type { Kitchen } from './kitchen.ts';
import type { KitchenBoard } from './kitchenBoard.ts';

type AnyKitchen = Kitchen<KitchenBoard>;

export interface Fault {
  name: string;
  /** Seconds from the end of the fault to the next reading acknowledged. */
  limit: number;
  /** The sensor that the board measures with, unless it is the chip's own. */
  sensor?: 'tmp117';
  /** Imposed before the board is switched on. */
  atBoot?: boolean;
  /** Imposes the fault, and returns when it is over. */
  impose(kitchen: AnyKitchen): Promise<void>;
  /** Lines that must be in the log. */
  logs: RegExp;
  /** The restarts of the board that the fault causes, by reason. */
  resets?: ('power' | 'watchdog')[];
  /** Readings of a boot that never learnt the time come without. */
  timeless?: boolean;
}

/** Changes something in the network for a time. */
function during(seconds: number, impose: (kitchen: AnyKitchen) => void, lift: (kitchen: AnyKitchen) => void) {
  return async (kitchen: AnyKitchen): Promise<void> => {
    impose(kitchen);
    await kitchen.board.run(seconds);
    lift(kitchen);
  };
}

/**
 * Byte counts, in and out, that lie in each message of a handshake with the old chain (5,538 and 973 in all), in
 * CONNACK and CONNECT, in the first PUBACK and PUBLISH.
 */
const RECEIVED = [1, 60, 500, 3000, 5000, 5458, 5498, 5539, 5572];
const SENT = [1, 100, 117, 500, 948, 974, 1008, 1073, 1208];
const STEPS = [...RECEIVED.map((received) => ({ received })), ...SENT.map((sent) => ({ sent }))];

/** Cuts one connection after another, each a little later in its life, with a good one in between. */
async function cutEverywhere(kitchen: AnyKitchen, how: Cut): Promise<void> {
  const { board } = kitchen;
  for (const step of STEPS) {
    board.faults.cuts.push({ how, ...step });
    board.faults.cutConnections('close');
    await board.runUntil(() => board.faults.cuts.length === 0, { limitSeconds: 200 });
    await kitchen.acknowledged(1, 600);
  }
}

/** The same with fewer steps, and without good connections in between. */
async function cutNowAndThen({ board }: AnyKitchen, how: Cut, stride: number): Promise<void> {
  board.faults.cuts.push(...STEPS.filter((_, i) => i % stride === 0).map((step) => ({ how, ...step })));
  board.faults.cutConnections('close');
  await board.runUntil(() => board.faults.cuts.length === 0, { limitSeconds: 600 });
}

function duration(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** @param short where each of the board's minutes costs one: shorter outages, and not every step of a handshake */
export function faultMatrix({ short }: { short: boolean }): Fault[] {
  const outage = short ? 30 : 300;
  const long = short ? 40 : 600;
  const times = short ? 2 : 5;
  const writes = short ? 3 : 20;
  const faults: Fault[] = [
    {
      name: `Wi-Fi password wrong for ${duration(long)}, from boot on`,
      limit: 150,
      atBoot: true,
      impose: during(
        long,
        ({ board }) => (board.faults.accessPoint.password = 'another one'),
        ({ board, config }) => (board.faults.accessPoint.password = config.wifi.password),
      ),
      logs: /WARN wifi cannot join kitchen; check name and password/,
    },
    {
      name: `access point gone for ${duration(long)}`,
      limit: 150,
      impose: during(
        long,
        ({ board }) => (board.faults.accessPointIsPresent = false),
        ({ board }) => (board.faults.accessPointIsPresent = true),
      ),
      logs: /WARN wifi the access point is gone/,
    },
    {
      name: 'access point gone for 3 s',
      limit: 30,
      impose: during(
        3,
        ({ board }) => (board.faults.accessPointIsPresent = false),
        ({ board }) => (board.faults.accessPointIsPresent = true),
      ),
      logs: /WARN wifi the access point is gone/,
    },
    {
      name: `names do not resolve for ${times} min`,
      limit: 150,
      impose: async ({ board }) => {
        board.faults.dns = 'nx';
        // lwIP knows the name for another minute.
        for (let minutes = 0; minutes < times; minutes++) {
          board.faults.cutConnections('reset');
          await board.run(60);
        }
        board.faults.dns = 'ok';
      },
      logs: /WARN tcp DNS Error: IP is not found/,
    },
    {
      name: `DNS silent for ${duration(outage)}, from boot on`,
      limit: 150,
      atBoot: true,
      impose: during(
        outage,
        ({ board }) => (board.faults.dns = 'silent'),
        ({ board }) => (board.faults.dns = 'ok'),
      ),
      logs: /WARN time pool\.ntp\.org: DNS response timeout/,
    },
    {
      name: `time servers silent for ${duration(outage)}, from boot on`,
      limit: 150,
      atBoot: true,
      impose: during(
        outage,
        ({ board }) => (board.faults.timeServer = 'silent'),
        ({ board }) => (board.faults.timeServer = 'ok'),
      ),
      logs: /WARN time .*without|WARN time no time server/,
    },
    {
      name: `time servers ten years behind for ${duration(outage)}, from boot on`,
      limit: 150,
      atBoot: true,
      impose: during(
        outage,
        ({ board }) => (board.faults.timeServer = { offsetSeconds: -10 * 365 * 86_400 }),
        ({ board }) => (board.faults.timeServer = 'ok'),
      ),
      logs: /WARN time .*before the build/,
    },
    {
      name: `time servers fifteen years ahead for ${duration(outage)}, from boot on`,
      limit: 150,
      atBoot: true,
      impose: during(
        outage,
        ({ board }) => (board.faults.timeServer = { offsetSeconds: 15 * 365 * 86_400 }),
        ({ board }) => (board.faults.timeServer = 'ok'),
      ),
      logs: /WARN tls .*(expired|valid)/,
    },
    {
      name: `connections refused for ${duration(outage)}`,
      limit: 150,
      impose: async (kitchen) => {
        kitchen.board.faults.tcp = 'refuse';
        kitchen.board.faults.cutConnections('reset');
        await kitchen.board.run(outage);
        kitchen.board.faults.tcp = 'ok';
      },
      logs: /WARN tcp refused; check endpoint\.host and endpoint\.port/,
    },
    {
      name: `connections not answered for ${duration(outage)}`,
      limit: 150,
      impose: async (kitchen) => {
        kitchen.board.faults.tcp = 'silent';
        kitchen.board.faults.cutConnections('reset');
        await kitchen.board.run(outage);
        kitchen.board.faults.tcp = 'ok';
      },
      logs: /WARN tcp no answer for 10 s/,
    },
    {
      name: `reset at ${short ? 'some steps' : 'every step'} of the handshake, of CONNECT and of the first PUBLISH`,
      limit: short ? 150 : 60,
      impose: (kitchen) => (short ? cutNowAndThen(kitchen, 'reset', 4) : cutEverywhere(kitchen, 'reset')),
      logs: /WARN (tls|mqtt) /,
    },
    {
      name: `closed by the server at ${short ? 'some steps' : 'every step'}`,
      limit: short ? 150 : 60,
      impose: (kitchen) => (short ? cutNowAndThen(kitchen, 'close', 5) : cutEverywhere(kitchen, 'close')),
      logs: /WARN mqtt closed before CONNACK/,
    },
    {
      name: `black hole at ${short ? 'some steps' : 'every step'}`,
      limit: short ? 150 : 60,
      impose: (kitchen) => (short ? cutNowAndThen(kitchen, 'black hole', 7) : cutEverywhere(kitchen, 'black hole')),
      logs: /WARN tls no answer for 30 s/,
      // The board restarts itself for every second one: lwIP keeps for minutes what nobody acknowledges.
      resets: Array.from({ length: short ? 1 : STEPS.length / 2 }, () => 'watchdog'),
    },
    {
      name: 'black hole while publishing, twice',
      limit: 60,
      impose: async (kitchen) => {
        for (let i = 0; i < 2; i++) {
          await kitchen.acknowledged(1, 60);
          kitchen.board.faults.cutConnections('black hole');
          await kitchen.board.run(20);
        }
      },
      logs: /WARN mqtt no PUBACK[^]*two connections fell silent: restarting[^]*last reset: two connections fell silent/,
      resets: ['watchdog'],
    },
    {
      name: `server slow: 2 s a round trip, 1 kB/s, for ${duration(outage)}`,
      limit: 60,
      impose: async ({ board }) => {
        board.faults.roundTrip = 2000;
        board.faults.bytesPerSecond = 1000;
        board.faults.cutConnections('reset');
        await board.run(outage);
        board.faults.roundTrip = 30;
        board.faults.bytesPerSecond = Infinity;
      },
      logs: /INFO mqtt connected/,
    },
    {
      name: 'broker restarted',
      limit: 60,
      impose: (kitchen) => kitchen.restartEndpoint(),
      logs: /WARN mqtt /,
    },
    {
      name: `another client with the same client id, ${times} times`,
      limit: 60,
      impose: async (kitchen) => {
        for (let i = 0; i < times; i++) {
          await kitchen.acknowledged(1, 200);
          await throwOut(kitchen);
        }
      },
      logs: /WARN mqtt closed by broker; check policy, twin client id/,
    },
    {
      name: `power cut while publishing, ${times} times`,
      limit: 60,
      impose: async (kitchen) => {
        const { board } = kitchen;
        for (let i = 0; i < times; i++) {
          await board.runUntil(/sensor reading \d+: /, { limitSeconds: 60 });
          await board.run(0.01 * i);
          board.powerCycle();
          await board.run(20);
        }
      },
      logs: /last reset: power;/,
      resets: Array.from({ length: times }, () => 'power'),
    },
    {
      name: `power cut at ${short ? 'some writes' : 'each write'} of the queue, offline`,
      limit: 150,
      impose: async (kitchen) => {
        const { board } = kitchen;
        board.faults.accessPointIsPresent = false;
        for (let count = 1; count <= writes; count++) {
          if (!short) await board.run(45);
          const { length } = board.resets;
          board.faults.cutPowerAtFlashOperation(count);
          await board.runUntil(() => board.resets.length > length, { limitSeconds: 600 });
        }
        board.faults.accessPointIsPresent = true;
      },
      logs: /readings kept/,
      timeless: true,
      resets: Array.from({ length: writes }, () => 'power'),
    },
    {
      name: 'program hangs',
      limit: 60,
      impose: async ({ board }) => {
        await board.run(40);
        board.faults.hang(60);
        await board.run(12);
      },
      logs: /last reset: watchdog;/,
      resets: ['watchdog'],
    },
    {
      name: `sensor on I2C unplugged for ${duration(outage)}`,
      limit: 30,
      sensor: 'tmp117',
      impose: during(
        outage,
        (kitchen) => kitchen.plug(false),
        (kitchen) => kitchen.plug(true),
      ),
      logs: /ERROR sensor .*check its wires[^]*INFO sensor .* answers again/,
    },
  ];
  if (!short) faults.push(HOUR);
  return faults;
}

const HOUR: Fault = {
  name: 'an hour without the broker: the board restarts itself once',
  limit: 150,
  impose: async (kitchen) => {
    kitchen.board.faults.tcp = 'refuse';
    kitchen.board.faults.cutConnections('reset');
    await kitchen.board.run(3900);
    kitchen.board.faults.tcp = 'ok';
  },
  logs: /last reset: offline for an hour/,
  resets: ['watchdog'],
};

/** Connects as the board does, and waits until the broker has taken it in. */
async function throwOut(kitchen: AnyKitchen): Promise<void> {
  const { key, certificate, port, host } = kitchen.twin();
  const socket = connectTls({
    port,
    host: '127.0.0.1',
    servername: host,
    key,
    cert: certificate,
    rejectUnauthorized: false,
  });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    socket.once('secureConnect', () => {
      socket.write(
        generate({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion: 4,
          clean: true,
          keepalive: 60,
          clientId: 'kitchen-1',
        }),
      );
      socket.once('data', () => resolve());
    });
  });
  await kitchen.board.runUntil(/WARN mqtt /, { limitSeconds: 30 });
  socket.destroy();
}
