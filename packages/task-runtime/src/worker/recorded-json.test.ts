import assert from 'node:assert/strict';
import type { RecordedJson } from './recorded-json.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(equal: Equal<A, B>): boolean => equal;

interface Charge {
  readonly chargeId: string;
  readonly at: Date;
  note?: string;
  refund(): void;
}

describe('RecordedJson', () => {
  // The compiler is the judge: `npm run check` fails on a line that is not right.
  it('is the type that JSON gives back', () => {
    const verdicts = [
      same<RecordedJson<Date>, string>(true),
      same<RecordedJson<void>, undefined>(true),
      same<RecordedJson<string | null | undefined>, string | null | undefined>(true),
      same<RecordedJson<Date[]>, string[]>(true),
      same<RecordedJson<(string | undefined)[]>, (string | null)[]>(true),
      same<RecordedJson<readonly [Date, number]>, readonly [string, number]>(true),
      same<RecordedJson<Map<string, number>>, Record<string, never>>(true),
      same<RecordedJson<bigint>, never>(true),
      same<RecordedJson<unknown>, unknown>(true),
      same<RecordedJson<{ at: Date }>['at'], string>(true),
      same<keyof RecordedJson<Charge>, 'chargeId' | 'at' | 'note'>(true),
    ];
    assert.ok(verdicts.every(Boolean));
    const charge: RecordedJson<Charge> = { chargeId: 'c', at: '2026-11-30' };
    // @ts-expect-error A Date is a string by then.
    const wrong: RecordedJson<Charge> = { chargeId: 'c', at: new Date(0) };
    assert.notDeepEqual(charge, wrong);
  });
});
