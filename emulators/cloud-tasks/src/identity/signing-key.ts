import { KeyObject, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '@waybill/emulator-kit';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  type JWK,
} from 'jose';
import { selfSignedCertificate } from './self-signed-certificate.ts';

/** A key that ID tokens are signed with, and what of it everybody may know. */
export interface SigningKey {
  readonly privateKey: CryptoKey;
  /** As it stands in the key set, with `kid`, `alg` and `use`. */
  readonly publicJwk: JWK & { readonly kid: string };
  /** The public key as an X.509 certificate in PEM. */
  readonly certificate: string;
}

/** Verifiers of ID tokens read the key of a certificate alone; its times only have to include each token's. */
const CERTIFICATE_TIMES = {
  notBefore: new Date('2020-01-01T00:00:00Z'),
  notAfter: new Date('2099-12-31T23:59:59Z'),
};

const FILE = 'oidc-key.pem';

/**
 * The key in `<dataDir>/oidc-key.pem`, made where there is none; without a folder, a key that ends with the process.
 * The file is its owner's alone.
 * @throws {Error} if the file is there and holds no RSA key
 */
export async function openSigningKey(dataDir: string | undefined): Promise<SigningKey> {
  const pem = dataDir === undefined ? await newPem() : (readPem(dataDir) ?? (await writeNewPem(dataDir)));
  try {
    const privateKey = await importPKCS8(pem, 'RS256', { extractable: true });
    const { kty, n, e } = await exportJWK(privateKey);
    if (kty !== 'RSA' || n === undefined || e === undefined) throw new Error('it is no RSA key');
    const kid = await calculateJwkThumbprint({ kty, n, e });
    const certificate = selfSignedCertificate({
      privateKey: KeyObject.from(privateKey),
      commonName: 'cloud-tasks-emulator',
      ...CERTIFICATE_TIMES,
    });
    return { privateKey, publicJwk: { kty, n, e, kid, alg: 'RS256', use: 'sig' }, certificate };
  } catch (error) {
    throw new Error(
      `${dataDir && join(dataDir, FILE)} must hold an RSA key as PKCS #8 in PEM; delete it to have a new one made: ${(error as Error).message}`,
    );
  }
}

async function newPem(): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return exportPKCS8(privateKey);
}

function readPem(dataDir: string): string | undefined {
  try {
    return readFileSync(join(dataDir, FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeNewPem(dataDir: string): Promise<string> {
  const pem = await newPem();
  const file = join(dataDir, FILE);
  // A kill in the middle must not leave half a key.
  const half = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  makePrivateFolder(dataDir);
  writeFileSync(half, pem, { mode: PRIVATE_FILE_MODE, flush: true });
  renameSync(half, file);
  return pem;
}
