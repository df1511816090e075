import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { bitString, integer, nullValue, oid, sequence, setOf, tagged, time, utf8 } from './der.ts';

const SHA256_WITH_RSA = '1.2.840.113549.1.1.11';
const COMMON_NAME = '2.5.4.3';
const VERSION_3 = Buffer.of(2);
const SERIAL_BYTES = 8;

/**
 * Makes an X.509 certificate of an RSA key, in PEM: the form of keys that some verifiers of Google's ID tokens read.
 * The same key, name and times give the same certificate.
 */
export function selfSignedCertificate(options: {
  privateKey: KeyObject;
  commonName: string;
  notBefore: Date;
  notAfter: Date;
}): string {
  const publicKey = createPublicKey(options.privateKey).export({ type: 'spki', format: 'der' });
  const algorithm = sequence(oid(SHA256_WITH_RSA), nullValue());
  const name = sequence(setOf(sequence(oid(COMMON_NAME), utf8(options.commonName))));
  const serial = createHash('sha256').update(publicKey).digest().subarray(0, SERIAL_BYTES);
  const certified = sequence(
    tagged(0, integer(VERSION_3)),
    // A first byte of 0 would make the number longer than it needs to be, which DER forbids.
    integer(Buffer.concat([Buffer.of(1), serial])),
    algorithm,
    name,
    sequence(time(options.notBefore), time(options.notAfter)),
    name,
    publicKey,
  );
  const der = sequence(certified, algorithm, bitString(sign('sha256', certified, options.privateKey)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
