import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fleetCommand } from '../../scripts/fleet/command.ts';
import { simulateFleet, type FleetOptions, type FleetResult } from '../../scripts/fleet/simulation.ts';
import { runCommand } from '../../scripts/lib/cli.ts';
import { SeededRandom } from '../support/random.ts';

const MINUTE = 60_000;

function simulate(extra: Partial<FleetOptions> = {}): FleetResult {
  const numbers = new SeededRandom(16);
  return simulateFleet({
    boards: 10_000,
    interval: 60,
    duration: 4 * MINUTE,
    faultAt: MINUTE,
    outage: 0,
    limit: 500,
    random: () => numbers.below(65_536) / 65_536,
    ...extra,
  });
}

void describe('ten thousand boards at one broker', () => {
  test('send a broker that drops them all less than 500 CONNECTs a second, and none is refused', () => {
    const { peakConnects, refused, connectedAfter, taken, received } = simulate();
    assert.ok(peakConnects > 250 && peakConnects < 500, `${peakConnects}`);
    assert.equal(refused, 0);
    assert.ok(connectedAfter !== null && connectedAfter < 40_000, `${connectedAfter}`);
    assert.equal(taken, 40_000);
    // All but those on their way when the simulation ends.
    assert.ok(received > taken - 100, `${received}`);
  });

  test('are back within two minutes after the broker, with every reading that waited', () => {
    const { peakConnects, refused, backlog, drainedAfter } = simulate({ outage: 10 * MINUTE, duration: 14 * MINUTE });
    assert.ok(peakConnects < 500, `${peakConnects}`);
    assert.equal(refused, 0);
    assert.ok(backlog > 99_000 && backlog < 101_000, `${backlog}`);
    assert.ok(drainedAfter !== null && drainedAfter < 130_000, `${drainedAfter}`);
  });

  test('are refused by a broker that takes too few, and come back later', () => {
    const { refused, connectedAfter } = simulate({ boards: 2000, limit: 25, duration: 10 * MINUTE });
    assert.ok(refused > 0);
    assert.ok(connectedAfter !== null && connectedAfter > 60_000, `${connectedAfter}`);
  });
});

test('are shown by npm run fleet as text and as JSON, and it refuses an outage that is too long in one line', async () => {
  const run = async (...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
    const said = { code: 0, stdout: '', stderr: '' };
    said.code = await runCommand(fleetCommand, {
      argv: ['--boards', '100', ...argv],
      env: {},
      stdout: { write: (text) => (said.stdout += text) },
      stderr: { write: (text) => (said.stderr += text) },
    });
    return said;
  };
  const { code, stdout } = await run('--minutes', '15');
  assert.equal(code, 0);
  assert.match(stdout, /^the broker away for 10 min:\n {2}CONNECTs a second, at most +\d+, 0 in all refused$/m);
  const { dropped } = JSON.parse((await run('--json')).stdout) as { dropped: FleetResult };
  assert.ok(dropped.peakConnects > 0);
  const wrong = await run('--minutes', '12');
  assert.deepEqual(
    [wrong.code, wrong.stderr],
    [
      64,
      'npm run fleet: --minutes 12: expected more than 12, so that the outage of 10 min is over; or shorten it with --outage\n',
    ],
  );
});
