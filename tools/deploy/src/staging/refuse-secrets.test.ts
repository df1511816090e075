import assert from 'node:assert/strict';
import { refuseSecrets } from './refuse-secrets.ts';

// Put together here, so that no scanner of repositories takes them for real ones.
const BODY = 'abcdefghijklmnopqrstuvwxyz0123456789';
const CASES = {
  'a private key': `-----BEGIN PRIVATE ${'KEY'}-----\n${BODY}`,
  "a payment provider's key": `sk_${'live'}_${BODY}`,
  'a Google API key': `AIza${BODY.slice(0, 35)}`,
  'a GitHub token': `ghp_${BODY}`,
} as const;

describe('refuseSecrets()', () => {
  for (const [kind, secret] of Object.entries(CASES)) {
    it(`refuses ${kind}, and does not show it`, () => {
      assert.throws(
        () => refuseSecrets([{ path: 'dist/main.mjs', contents: `const a = "${secret}";` }]),
        (error: Error) =>
          error.message.includes(`dist/main.mjs holds ${kind}`) && !error.message.includes(BODY.slice(0, 20)),
      );
    });
  }

  for (const [name, value] of [
    ['SMTP_PASSWORD', 'x'],
    ['STRIPE_API_KEY', 'x'],
    ['SMTP_URL', 'smtps://user:pass@mail.example'],
    ['STRIPE_API_KEY', 'secret://hunter2'],
    ['STRIPE_API_KEY', 'secret-file:///home/ada/key'],
  ] as const) {
    it(`refuses ${name} in app.yaml with ${value}`, () => {
      const contents = `runtime: nodejs24\nentrypoint: x\nenv_variables:\n  ${name}: "${value}"\n`;
      assert.throws(
        () => refuseSecrets([{ path: 'app.yaml', contents }]),
        new RegExp(`app.yaml sets ${name}`),
      );
    });
  }

  it('lets settings pass, and code that speaks of keys', () => {
    refuseSecrets([
      {
        path: 'app.yaml',
        contents:
          'runtime: nodejs24\nentrypoint: x\nenv_variables: { DEFAULT_PAYMENT_METHOD: pm_card_visa, STRIPE_PUBLISHABLE_KEY: pk_live_x, STRIPE_API_KEY: secret://projects/demo/secrets/STRIPE_API_KEY/versions/7 }\n',
      },
      { path: 'dist/main.mjs', contents: 'if (key.startsWith("-----BEGIN PRIVATE KEY-----")) sk_test_' },
    ]);
  });
});
