/** Anchors on their way from a root certificate to the board: all that counts of one must arrive. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAnchors } from '../../firmware/credentials.ts';
import type { BoardSettings } from '../../firmware/settings.ts';
import { checkBoardConfig } from '../../scripts/config/config.ts';
import { boardSettings } from '../../scripts/image/settings.ts';
import { basicConstraints, keyUsage } from '../../scripts/lib/certificates.ts';
import { nameForPeople } from '../../scripts/lib/names.ts';
import { trustAnchor } from '../../src/index.ts';
import { CA_EXTENSIONS, ecKey, issueCa, type Party, party, rsaKey } from '../x509/certificates.ts';
import { withGlobals } from './kaluma/fakeGlobals.ts';
import example from '../../board/config.example.json' with { type: 'json' };

withGlobals({ atob: (text: string) => new Uint8Array(Buffer.from(text, 'base64')) });

test('an anchor of the settings equals that of its certificate in every field', () => {
  const config = checkBoardConfig(example, 'board/config.json');
  const root = (ca: Party, extensions = CA_EXTENSIONS): Uint8Array => new Uint8Array(issueCa(ca, ca, { extensions }));
  const anchors = [
    root(party('RSA', rsaKey())),
    root(party('P-256')),
    root(party('P-384', ecKey('P-384'))),
    root(party('limited'), [basicConstraints(true, 1), keyUsage('keyCertSign')]),
  ];
  const written = boardSettings(config, { anchors, certificates: [], key: null }, 0);
  const read = JSON.parse(JSON.stringify(written)) as BoardSettings;
  assert.deepEqual(
    decodeAnchors(read.anchors),
    anchors.map((der) => trustAnchor(der, nameForPeople(der))),
  );
  assert.deepEqual(
    read.anchors.map(({ pathLength }) => pathLength),
    [undefined, undefined, undefined, 1],
  );
});
