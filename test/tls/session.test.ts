/** Resumption by session id (RFC 5246, section 7.3; RFC 7627, section 5.3). */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { TlsClientOptions } from '../../src/tls/client.ts';
import { createSession, type Session } from '../../src/tls/session.ts';
import { Conversation } from '../support/tls/conversation.ts';
import { extension } from '../support/tls/messages.ts';
import type { ServerOptions } from '../support/tls/server.ts';

const DAY = 86_400_000;

function sessionOf({ events }: Conversation): Session {
  const [connected] = events;
  assert.equal(connected.type, 'connected');
  assert.ok(connected.session !== null);
  return connected.session;
}

/** A session, and the server's memory of it, which is a copy. */
function established(server: Partial<ServerOptions> = {}): { session: Session; sessions: Map<string, Buffer> } {
  const sessions = new Map<string, Buffer>();
  return { session: sessionOf(new Conversation({ sessions, ...server }).assertConnected()), sessions };
}

test('an abbreviated handshake has no certificates and one flight less', () => {
  const { session, sessions } = established();
  const again = new Conversation({ sessions, random: new Uint8Array(32) }, { session }).assertConnected();
  assert.deepEqual(again.events[0], {
    type: 'connected',
    cipherSuite: 0xc02b,
    anchor: null,
    alpn: null,
    session,
  });
  assert.deepEqual(again.server.log, ['ClientHello', 'ChangeCipherSpec', 'Finished', 'data ping']);
  // And once more, with what came out of it.
  new Conversation({ sessions }, { session: sessionOf(again) }).assertConnected();
});

test('an abbreviated handshake works in tiny pieces', () => {
  const { session, sessions } = established();
  const again = new Conversation({ sessions, fragment: 3 }, { session }, 1);
  assert.deepEqual(again.types, ['connected']);
  assert.equal(again.server.clientHello?.sessionId.length, 32);
});

test('a server that forgot the session makes a full handshake, and gives a new session', () => {
  for (const answer of [() => new Uint8Array(0), () => new Uint8Array(32).fill(1), (id: Uint8Array) => id.slice(1)]) {
    const { session } = established();
    const again = new Conversation({ sessionId: answer(session.id) }, { session }).assertConnected();
    assert.deepEqual(again.server.clientHello?.sessionId, Buffer.from(session.id));
    assert.ok(again.server.log.includes('ClientKeyExchange'));
    assert.notEqual((again.events[0] as { session: Session | null }).session, session);
    assertForgotten(session);
  }
});

function refused(
  server: Partial<ServerOptions>,
  alert: string,
  number: number,
  text: RegExp,
  client: Partial<TlsClientOptions> = {},
): void {
  const { session, sessions } = established();
  new Conversation({ sessions, ...server }, { session, ...client }).assertRefused(alert, number, text);
  // Section 7.2.2: with a fatal alert the session is forgotten.
  assertForgotten(session);
}

function assertForgotten(session: Session): void {
  assert.equal(session.isUsable('broker.example', Date.now()), false);
  assert.deepEqual([...session.masterSecret], Array(48).fill(0));
}

test('a resumed session keeps its suite (RFC 5246, section 7.4.1.3)', () => {
  refused(
    { hello: { suite: 0xc02f } },
    'illegal_parameter',
    47,
    /^ServerHello: expected the session's suite, got c02f$/,
  );
});

test('a resumed session keeps extended_master_secret (RFC 7627, section 5.3)', () => {
  const hello = { extensions: [extension(0xff01, [0])] };
  refused({ hello }, 'handshake_failure', 40, /^ServerHello: expected extended_master_secret, got none$/);
});

test('the server proves itself with Finished before the client sends anything', () => {
  const edit = (name: string, bytes: Buffer): Buffer => {
    if (name === 'Finished') bytes[15] ^= 1;
    return bytes;
  };
  refused({ edit }, 'decrypt_error', 51, /^Finished: /);
});

test('certificates are refused in an abbreviated handshake', () => {
  const edit = (name: string, bytes: Buffer): Buffer =>
    name === 'ServerHello' ? Buffer.concat([bytes, bytes]) : bytes;
  refused({ edit }, 'unexpected_message', 10, /expected ChangeCipherSpec, got ServerHello$/);
});

test('the server’s Finished without ChangeCipherSpec is refused', () => {
  const edit = (name: string, bytes: Buffer): Buffer => (name === 'ChangeCipherSpec' ? Buffer.alloc(0) : bytes);
  refused({ edit }, 'unexpected_message', 10, /expected ChangeCipherSpec/);
});

test('a failure of the connection itself ends the session, and an end of the transport does not', () => {
  const { session, sessions } = established();
  const cut = new Conversation({ sessions }, { session }).assertConnected();
  cut.client.transportClosed();
  assert.equal(cut.run().error.origin, 'transport');
  assert.equal(session.isUsable('broker.example', Date.now()), true);

  const fresh = new Conversation({ sessions }).assertConnected();
  const own = sessionOf(fresh);
  fresh.server.sendAlert(2, 80);
  assert.equal(fresh.run().error.origin, 'peer');
  assert.equal(own.isUsable('broker.example', Date.now()), false);
});

test('a session that another connection ends while it is offered is not resumed', () => {
  const { session, sessions } = established();
  const offering = new Conversation(
    {
      sessions,
      edit: (_, bytes) => {
        session.forget();
        return bytes;
      },
    },
    { session },
  );
  offering.assertRefused('handshake_failure', 40, /^ServerHello: expected a session that is still good/);
});

test('a clock that is not set ends no session, because nothing was sent', () => {
  const { session } = established();
  const { error, server } = new Conversation({}, { session, time: () => null });
  assert.deepEqual([error.alert, server.log], [null, []]);
  assert.equal(session.isUsable('broker.example', Date.now()), true);
});

test('a session is offered only to its own host, and as long as its chain is valid', () => {
  const offered = (client: Partial<TlsClientOptions>): number | undefined =>
    new Conversation({}, { session: established().session, ...client }).server.clientHello?.sessionId.length;
  assert.equal(offered({}), 32);
  assert.equal(offered({ host: 'www.broker.example' }), 0);
  assert.equal(offered({ time: () => Date.now() - DAY / 2 }), 0);
});

test('a session lives a day (RFC 5246, appendix F.1.4), but no longer than the chain', () => {
  const session = (chainEnd: number): Session =>
    createSession(new Uint8Array(8), new Uint8Array(48), 0xc02b, 'a', 1000, chainEnd);
  const day = session(10 * DAY);
  assert.deepEqual(
    [999, 1000, 999 + DAY, 1000 + DAY].map((time) => day.isUsable('a', time)),
    [false, true, true, false],
  );
  assert.equal(day.isUsable('b', 1000), false);
  const short = session(5000);
  assert.deepEqual(
    [4999, 5000].map((time) => short.isUsable('a', time)),
    [true, false],
  );
});
