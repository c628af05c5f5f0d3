/** Puts an update on trial that was received and checked. */
import { fromBinaryString, toBinaryString } from '../../src/bytes/encoding.ts';
import { eraseFlash, flashHolds, readFlash, writeFlash } from '../kaluma/flash.ts';
import type { Boot } from '../kaluma/typings.ts';
import { PAGE, SECTOR, SETTINGS_SECTOR, SETTINGS_SECTORS, SLOT_SECTOR, SLOT_SECTORS } from '../layout.ts';
import type { BoardSettings } from '../settings.ts';
import { loadSettings, settingsCopy } from '../storedSettings.ts';
import type { Manifest } from './manifest.ts';
import { putOnTrial } from './trial.ts';

/** @param slot into which it was received @throws Error for settings that do not fit, and for a flash that does not keep them */
export function install({ id, kind, size }: Manifest, slot: number, boot: Boot): void {
  let settings = boot.settings;
  if (kind === 'settings') {
    settings = 1 - settings;
    const json = toBinaryString(readFlash(SLOT_SECTOR + slot * SLOT_SECTORS, 0, size));
    writeSettings(settings, withKey(json, loadSettings(boot.settings)));
  }
  putOnTrial(boot, { id, settings, slot: kind === 'settings' ? 1 - slot : slot });
}

/** Adds the board's own private key: settings that come through the air have none. */
function withKey(json: string, own: BoardSettings): BoardSettings {
  const settings = JSON.parse(json) as BoardSettings;
  if (settings.identity !== null && own.identity !== null) settings.identity.key = own.identity.key;
  return settings;
}

/** @throws Error for settings that do not fit, or if reading them back gives something else */
function writeSettings(copy: number, settings: BoardSettings): void {
  const text = settingsCopy(settings);
  const first = SETTINGS_SECTOR + copy * SETTINGS_SECTORS;
  if (text.length > SETTINGS_SECTORS * SECTOR) throw new Error(`settings of ${text.length} B do not fit`);
  for (let at = 0; at < text.length; at += SECTOR) {
    eraseFlash(first + at / SECTOR);
    for (let page = at; page < Math.min(at + SECTOR, text.length); page += PAGE) {
      const bytes = fromBinaryString(text.slice(page, page + PAGE));
      writeFlash(first + at / SECTOR, page - at, bytes);
      if (!flashHolds(first, page, bytes)) throw new Error('flash does not keep the settings');
    }
  }
}
