/** Going from one place of the page to another; each place registers itself, so that none needs to know the others. */

export type Place =
  | { view: 'tour'; step: number }
  /** @param field path of the field as `inspect.ts` numbers it */
  | { view: 'inspect'; entry: number; field?: string };

type Opener = (place: Place) => void;

const openers: Partial<Record<Place['view'], Opener>> = {};

export function register(view: Place['view'], open: Opener): void {
  openers[view] = open;
}

export function go(place: Place): void {
  for (const view of ['tour', 'inspect'] as const) {
    const isHere = view === place.view;
    (document.getElementById(view) as HTMLElement).hidden = !isHere;
    document.getElementById(`tab-${view}`)?.setAttribute('aria-selected', String(isHere));
    document.getElementById(`tab-${view}`)?.setAttribute('tabindex', isHere ? '0' : '-1');
  }
  document.documentElement.dataset['view'] = place.view;
  openers[place.view]?.(place);
}

/** The place that the address names: `#tour-3`, or `#7.12` for a record and a field. */
export function placeOf(hash: string): Place {
  const [, entry, field] = /^#(\d+)(?:\.(\d+))?$/.exec(hash) ?? [];
  if (entry !== undefined)
    return { view: 'inspect', entry: Number(entry) - 1, ...(field === undefined ? {} : { field }) };
  const [, step = '1'] = /^#tour-(\d+)$/.exec(hash) ?? [];
  return { view: 'tour', step: Number(step) - 1 };
}
