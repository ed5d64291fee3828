// Keys of ssh, made without its programs.
import { generateKeyPairSync } from 'node:crypto';

export interface SshKey {
  /** As a line of authorized_keys. */
  readonly publicKey: string;
  /** As ssh reads it from a file. */
  readonly privateKey: string;
}

/** A key that was never there before, of the kind `ecdsa-sha2-nistp256`. */
export function newSshKey(): SshKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = [Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  const kind = 'ecdsa-sha2-nistp256';
  // RFC 5656, 3.1: each with its length in front.
  const fields = [Buffer.from(kind), Buffer.from('nistp256'), Buffer.concat(point)];
  const blob = Buffer.concat(fields.flatMap(field => [lengthOf(field), field]));
  return {
    publicKey: `${kind} ${blob.toString('base64')}`,
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(field.length);
  return length;
}
