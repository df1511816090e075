import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { readFormBody } from './read-form-body.ts';

const FORM = 'application/x-www-form-urlencoded';

/** A request as its reader sees it. */
function request(body: string | Buffer, contentType: string): { req: IncomingMessage } {
  const req = new IncomingMessage(new Socket());
  req.headers = { 'content-type': contentType };
  req.push(body);
  req.push(null);
  return { req };
}

describe('readFormBody()', () => {
  it('reads fields, plus signs, escapes and names that come twice', async () => {
    const form = await readFormBody(
      request('a=1&a=2&name=Ada+L%C3%B6velace&empty=', `${FORM}; charset=UTF-8`),
    );
    assert.deepEqual(form.getAll('a'), ['1', '2']);
    assert.equal(form.get('name'), 'Ada Lövelace');
    assert.equal(form.get('empty'), '');
  });

  it('takes an empty body for an empty form', async () => {
    assert.equal((await readFormBody(request('', FORM))).size, 0);
  });

  it('refuses other media types with 415', async () => {
    const reading = readFormBody(request('{}', 'application/json'));
    await assert.rejects(reading, { code: 'UNSUPPORTED_MEDIA_TYPE', status: 415 });
  });

  it('refuses more than its limit with 413', async () => {
    const reading = readFormBody(request('a=12345', FORM), { limitBytes: 6 });
    await assert.rejects(reading, { code: 'BODY_TOO_LARGE', status: 413 });
  });

  it('refuses what is not UTF-8 with 400', async () => {
    const reading = readFormBody(request(Buffer.from([0x61, 0x3d, 0xff]), FORM));
    await assert.rejects(reading, { code: 'BODY_NOT_UTF8', status: 400 });
  });
});
