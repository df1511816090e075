import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { selfSignedCertificate } from './self-signed-certificate.ts';

describe('selfSignedCertificate()', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

  it('makes a certificate of the key that the key itself has signed', () => {
    const pem = selfSignedCertificate({
      privateKey,
      commonName: 'tasks',
      notBefore: new Date('2026-01-02T03:04:05Z'),
      notAfter: new Date('2049-12-31T23:59:59Z'),
    });
    const certificate = new X509Certificate(pem);
    assert.deepEqual(certificate.publicKey.export({ format: 'jwk' }), publicKey.export({ format: 'jwk' }));
    assert.ok(certificate.verify(publicKey));
    assert.equal(certificate.subject, 'CN=tasks');
    assert.equal(certificate.issuer, 'CN=tasks');
    assert.equal(certificate.validFromDate.toISOString(), '2026-01-02T03:04:05.000Z');
    assert.equal(certificate.validToDate.toISOString(), '2049-12-31T23:59:59.000Z');
  });

  it('takes years from 2050 on', () => {
    const pem = selfSignedCertificate({
      privateKey,
      commonName: 'tasks',
      notBefore: new Date('2050-01-01T00:00:00Z'),
      notAfter: new Date('2099-01-01T00:00:00Z'),
    });
    const { validFromDate, validToDate } = new X509Certificate(pem);
    assert.deepEqual([validFromDate.getUTCFullYear(), validToDate.getUTCFullYear()], [2050, 2099]);
  });
});
