/**
 * Every message that a board publishes or understands: its topic, and its fields with type, unit, range and meaning. The
 * types of the messages follow from these declarations, and `docs/DATA.md` is written from them. The program holds none
 * of this: the firmware imports types only.
 */

interface Described {
  /** Its meaning, as a sentence without a subject. */
  about: string;
  /** The case in which the field is null, in words; a field without this never is. */
  null?: string;
  /** The case in which the field is missing, in words; a field without this never is. */
  missing?: string;
}

interface TextField extends Described {
  type: 'string';
  /** All values that it can have. */
  values?: readonly string[];
}

interface NumberField extends Described {
  type: 'number' | 'integer';
  unit?: string;
  minimum: number;
  maximum?: number;
  /** Digits after the decimal point. */
  decimals?: number;
}

interface OtherField extends Described {
  type: 'boolean' | 'text list' | 'readings';
}

export type FieldDeclaration = TextField | NumberField | OtherField;

export interface MessageDeclaration {
  /** One of the board's topics (`firmware/topics.ts`). */
  topic: 'telemetry' | 'status' | 'health' | 'alarm' | 'command' | 'reply' | 'shadow' | 'delta';
  /** The object in the JSON that holds the fields, if it is not the outermost one. */
  within?: string;
  direction: 'published' | 'understood';
  qos: 0 | 1;
  retained: boolean;
  /** The occasion on which it is published or sent, in words. */
  when: string;
  fields: Record<string, FieldDeclaration>;
}

const device = { type: 'string', about: 'the name of the board: thing name and MQTT client id' } as const;
const time = {
  type: 'string',
  about: 'when it was measured, ISO 8601 in UTC to whole seconds, such as 2026-11-23T08:00:00Z',
  null: 'the board did not know the time in the boot in which it measured',
} as const;
const uptime = {
  type: 'integer',
  unit: 's',
  minimum: 0,
  maximum: 4_147_260,
  about: 'how long the board had been up when it was measured; the board restarts itself after 48 days',
} as const;

export const MESSAGES = {
  reading: {
    topic: 'telemetry',
    direction: 'published',
    qos: 1,
    retained: false,
    when: 'after every interval, for each sensor; kept until the broker acknowledges it',
    fields: {
      device,
      sensor: {
        type: 'string',
        about: 'the name of the sensor in the config',
        null: 'the reading was kept from a time when the board had other sensors',
        missing: 'the config has one `sensor` without a name',
      },
      celsius: {
        type: 'number',
        unit: '°C',
        minimum: -85,
        maximum: 180,
        decimals: 2,
        about: "the temperature, with the sensor's offsetCelsius added",
      },
      humidity_percent: {
        type: 'number',
        unit: '%',
        minimum: 0,
        maximum: 100,
        decimals: 1,
        about: 'the relative humidity',
        missing: 'the sensor does not measure it',
      },
      pressure_hpa: {
        type: 'number',
        unit: 'hPa',
        minimum: 300,
        maximum: 1100,
        decimals: 1,
        about: 'the air pressure at the place of the board, not reduced to sea level',
        missing: 'the sensor does not measure it',
      },
      time,
      seq: {
        type: 'integer',
        minimum: 1,
        maximum: 4_294_967_295,
        about:
          "counts this board's readings, over restarts as well: a gap is a reading that was lost; if a board takes more than one reading in 5 s, a power cut can make it use its last numbers again",
      },
      uptime_s: uptime,
    },
  },
  status: {
    topic: 'status',
    direction: 'published',
    qos: 1,
    retained: true,
    when: 'online after each connection; offline is the will, which the broker publishes for a board that is gone',
    fields: { state: { type: 'string', values: ['online', 'offline'], about: 'whether the board is connected' } },
  },
  health: {
    topic: 'health',
    direction: 'published',
    qos: 1,
    retained: false,
    when: 'after each connection, every 10 minutes, and when an update is confirmed or judged',
    fields: {
      device,
      firmware: { type: 'string', about: 'the version of the program' },
      uptime_s: { type: 'integer', unit: 's', minimum: 0, maximum: 4_147_260, about: 'how long the board has been up' },
      heap_free: { type: 'integer', unit: 'B', minimum: 0, about: 'how much of the JavaScript heap is free' },
      heap_free_low: {
        type: 'integer',
        unit: 'B',
        minimum: 0,
        about: 'the least of the heap that was ever free since power-on',
      },
      reconnects: {
        type: 'integer',
        minimum: 0,
        about: 'how often the board has reconnected since power-on',
      },
      queued: { type: 'integer', minimum: 0, about: 'readings that the broker has not acknowledged' },
      dropped: {
        type: 'integer',
        minimum: 0,
        about: 'readings ever lost because the queue was full',
      },
      skipped: {
        type: 'integer',
        minimum: 0,
        about: 'messages since boot that were skipped because they were too large',
      },
      last_reset: {
        type: 'string',
        about: 'why the board last started: power, watchdog, or the reason for which it restarted itself',
      },
      slot: { type: 'integer', minimum: 0, maximum: 1, about: 'the slot of the program that runs' },
      update: {
        type: 'string',
        about: 'the id of the newest update, eight hexadecimal digits',
        missing: 'the board has not been updated since it was flashed',
      },
      state: {
        type: 'string',
        values: ['trial', 'confirmed', 'rejected', 'waiting'],
        about:
          'the state of that update; waiting means that the trial failed because of the network and will be repeated',
        missing: 'there is no update',
      },
      why: { type: 'string', about: 'why it was rejected', missing: 'it was not' },
    },
  },
  alarm: {
    topic: 'alarm',
    direction: 'published',
    qos: 1,
    retained: true,
    when: 'when an alarm is raised and when it is cleared; kept until the broker acknowledges it',
    fields: {
      device,
      alarm: { type: 'string', about: 'names the alarm, such as `freezer above -12`' },
      sensor: {
        type: 'string',
        about: 'the name of the sensor in the config',
        missing: 'the config has one `sensor` without a name, or no longer has the alarm',
      },
      condition: { type: 'string', values: ['above', 'below', 'silent'], about: 'what the alarm watches for' },
      limit: {
        type: 'number',
        minimum: -100,
        maximum: 604_800,
        about: "the config's limit: °C for above and below, seconds without a reading for silent",
      },
      state: { type: 'string', values: ['raised', 'cleared'], about: 'whether the alarm was raised or cleared' },
      celsius: {
        type: 'number',
        unit: '°C',
        minimum: -85,
        maximum: 180,
        decimals: 2,
        about: 'the reading that raised or cleared the alarm',
        null: 'a sensor that fell silent raised it, or the config no longer has the alarm',
      },
      time: { ...time, about: 'when it happened, ISO 8601 in UTC to whole seconds, such as 2026-11-23T08:00:00Z' },
      uptime_s: { ...uptime, about: 'how long the board had been up when it happened' },
      active: {
        type: 'text list',
        about: 'names of all alarms that are raised after this change, so that the retained message lists them all',
      },
    },
  },
  command: {
    topic: 'command',
    direction: 'understood',
    qos: 1,
    retained: false,
    when: 'sent by a client that controls the board, in at most 256 bytes; a message that begins with a NUL is a block of an update',
    fields: {
      command: {
        type: 'string',
        values: ['interval', 'read', 'update'],
        about:
          'interval sets the seconds between readings, over restarts as well; read takes one at once; update offers the update of that id',
      },
      seconds: {
        type: 'integer',
        unit: 's',
        minimum: 1,
        maximum: 86_400,
        about: 'the new interval',
        missing: 'the command is not interval',
      },
      id: {
        type: 'string',
        about: 'the reply repeats it; a number, or at most 64 characters',
        missing: 'the sender does not care',
      },
    },
  },
  reply: {
    topic: 'reply',
    direction: 'published',
    qos: 0,
    retained: false,
    when: 'after each command, and while an update is received',
    fields: {
      command: { type: 'string', about: 'the command, as received', missing: 'the message had none' },
      id: { type: 'string', about: 'the id, as received', missing: 'the command had none' },
      ok: { type: 'boolean', about: 'whether the board did it' },
      error: { type: 'string', about: 'what was expected, or why an update is refused', missing: 'ok is true' },
      offset: {
        type: 'integer',
        minimum: 0,
        about: 'where the bytes begin that the board asks for, counted from the beginning of the update file',
        missing: 'it asks for none',
      },
      length: {
        type: 'integer',
        unit: 'B',
        minimum: 1,
        maximum: 1024,
        about: 'how many bytes the board asks for',
        missing: 'it asks for none',
      },
      state: {
        type: 'string',
        values: ['installed'],
        about: 'the update is complete, and will be on trial after a restart',
        missing: 'it is not',
      },
    },
  },
  shadow: {
    topic: 'shadow',
    within: 'state.reported',
    direction: 'published',
    qos: 1,
    retained: false,
    when: 'with `"shadow": true` after each connection and after readings, alarms and changes of the interval, but once a minute at most; a command that set the interval also withdraws `state.desired.intervalSeconds`',
    fields: {
      firmware: { type: 'string', about: 'the version of the program' },
      intervalSeconds: {
        type: 'integer',
        unit: 's',
        minimum: 1,
        maximum: 86_400,
        about: 'the seconds between readings',
      },
      alarms: { type: 'text list', about: 'names of the alarms that are raised' },
      readings: {
        type: 'readings',
        about:
          'the last reading of each sensor since the report before, under its name, or under `sensor` if it has none: `celsius`, `humidity_percent`, `pressure_hpa`, `time` and `seq` as in a reading',
      },
      invalid: {
        type: 'string',
        about: 'what the board does not take of `state.desired`, and what it expected',
        null: 'nothing is wrong, and so AWS leaves the field out',
      },
    },
  },
  delta: {
    topic: 'delta',
    within: 'state',
    direction: 'understood',
    qos: 1,
    retained: false,
    when: "sent by AWS after each report or wish, as long as the shadow's `state.desired` differs from what the board reported; at most 512 bytes",
    fields: {
      intervalSeconds: {
        type: 'integer',
        unit: 's',
        minimum: 1,
        maximum: 86_400,
        about: 'the seconds between readings that somebody wishes, kept over restarts',
        missing: 'the wish is fulfilled, or there is none',
      },
    },
  },
} as const satisfies Record<string, MessageDeclaration>;

/** The fields of a reading that the shadow has. */
type ShadowReading = Omit<MessageOf<'reading'>, 'device' | 'sensor' | 'uptime_s'>;

export type MessageName = keyof typeof MESSAGES;

type Value<F> = F extends { values: readonly (infer V)[] }
  ? V
  : F extends { type: 'string' }
    ? string
    : F extends { type: 'number' | 'integer' }
      ? number
      : F extends { type: 'boolean' }
        ? boolean
        : F extends { type: 'readings' }
          ? Record<string, ShadowReading>
          : string[];

type Fields<D> = {
  -readonly [Name in keyof D as D[Name] extends { missing: string } ? never : Name]: Nullable<D[Name]>;
} & {
  -readonly [Name in keyof D as D[Name] extends { missing: string } ? Name : never]?: Nullable<D[Name]> | undefined;
};
type Nullable<F> = Value<F> | (F extends { null: string } ? null : never);

/** A message as it is put into JSON, where undefined fields are left out. */
export type MessageOf<Name extends MessageName> = Fields<(typeof MESSAGES)[Name]['fields']>;
