/** The tour's last two chapters: the reading travels, the end is said, and what TLS does and does not do. */
import { sealFigure, sealedReading } from '../widgets/seal.ts';
import { summaryFigure } from '../widgets/summary.ts';
import type { Step } from './step.ts';

export const CLOSING: readonly Step[] = [
  {
    chapter: 'The reading',
    title: 'AES-GCM: a lock with an alarm',
    prose: [
      'AES makes a block of 16 bytes into another one, under a key. It is used here as a source: it encrypts 2, 3, 4 … together with the record’s own number, and what comes out is the **keystream**, as unforeseeable as dice. Text XOR keystream is the ciphertext. The other side makes the same keystream, and XOR takes it away again.',
      'That alone would be a poor lock: a stranger who turns a bit of the ciphertext turns the same bit of the text, and need not know it. So there is a **tag**: 16 bytes, computed with the key over the ciphertext, the record’s number, its type and its length. It is checked first; a record whose tag is wrong is never opened.',
      'The record’s number is counted by both and **not sent**: so a record that is dropped, repeated or moved has a wrong tag too.',
    ],
    without:
      'If there were no tag, a stranger could make 21.5 °C into 29.5 °C by turning one bit, without knowing the key. Try it above.',
    figure: sealFigure,
    workings: ['record '],
    firstWorking: () => sealedReading()?.id ?? null,
    checks: ({ message }) => message === 'record',
  },
  {
    chapter: 'The reading',
    title: 'The reading, and a good-bye',
    prose: [
      'Inside the encrypted records the application speaks, and TLS does not care which: here it is **MQTT**. The board says who it is, publishes its reading, and waits for the acknowledgement. Only then may it forget the reading.',
      'At the end it says good-bye in an encrypted alert, `close_notify`. An end without one is a cut.',
      'Of all that, the stranger has seen when, how much, the names of both, and not one letter of what was said.',
    ],
    messages: [
      ['out', 'CONNECT'],
      ['in', 'CONNACK'],
      ['out', 'PUBLISH'],
      ['in', 'PUBACK'],
      ['out', 'DISCONNECT'],
      ['out', 'Alert'],
    ],
    attacks: ['cut'],
  },
  {
    chapter: 'The whole',
    title: 'What was achieved, and what was not',
    prose: ['You have seen every part. This is what they achieve together:'],
    figure: summaryFigure,
    after: [
      'What TLS does **not** do: it does not hide that the two talk, when, and how much. It does not help against a thief who has the board itself in hand, or against a server that is honest about its name and bad at its job. And all of it rests on one-way streets of which nobody has proven that there is no way back.',
      'Now be the stranger. Try the attacks here, or open **Inspect**, click any byte, change it and send it so: your browser runs the board’s own client again on the changed bytes, and shows who notices.',
    ],
    attacks: ['certificate', 'impostor', 'replay', 'downgrade', 'strip', 'version', 'cut'],
    checks: () => true,
  },
];
