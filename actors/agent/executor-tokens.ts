/**
 * Tokens by which HTTP executors prove who they are: JSON Web Tokens signed with a key of the agent's,
 * that name framework, executor and container. Pure. An executor finds its own in
 * `MESOS_EXECUTOR_AUTHENTICATION_TOKEN`, and sends it as `Authorization: Bearer …`.
 * Source: RFC 7519; Mesos 1.11, src/authentication/executor/jwt_secret_generator.cpp.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Authentication } from '../../transport/http/authentication.ts';
import type { SandboxName } from './work-directory.ts';

const HEADER = encode({ alg: 'HS256', typ: 'JWT' });
/** A longer token is none of ours. */
const TOKEN_LENGTH_MAX = 8192;

export function executorToken(
  { frameworkId, executorId, containerId }: Omit<SandboxName, 'agentId'>,
  key: Uint8Array,
): string {
  const claims = encode({ fid: frameworkId, eid: executorId, cid: containerId });
  return `${HEADER}.${claims}.${signatureOf(`${HEADER}.${claims}`, key).toString('base64url')}`;
}

/** For the realm of executors. @param authorization the header of that name */
export function authenticateByToken(
  authorization: string | undefined,
  { realm, key, nowMs }: { readonly realm: string; readonly key: Uint8Array; nowMs: number },
): Authentication {
  const [, token] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  if (token === undefined) {
    return { kind: 'unauthorized', challenges: [`Bearer realm="${realm}"`] };
  }
  const claims = claimsOf(token, key, nowMs);
  if (claims !== undefined) {
    const value = claims['sub'];
    return { kind: 'principal', principal: { ...(value === undefined ? {} : { value }), claims } };
  }
  const error = 'error="invalid_token", error_description="Invalid JWT"';
  return { kind: 'unauthorized', challenges: [`Bearer realm="${realm}", ${error}`] };
}

/** @returns undefined for a token that is not signed with the key, or not valid now */
function claimsOf(
  token: string,
  key: Uint8Array,
  nowMs: number,
): Readonly<Record<string, string>> | undefined {
  const [header, payload, signature, ...more] = token.split('.');
  if (token.length > TOKEN_LENGTH_MAX || more.length > 0) return undefined;
  if (header === undefined || payload === undefined || signature === undefined) return undefined;
  const given = Buffer.from(signature, 'base64url');
  const right = signatureOf(`${header}.${payload}`, key);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  const { alg } = decode(header) ?? {};
  const claims = decode(payload);
  if (alg !== 'HS256' || claims === undefined) return undefined;
  const { exp, nbf } = claims;
  if (typeof exp === 'number' && exp * 1000 <= nowMs) return undefined;
  if (typeof nbf === 'number' && nbf * 1000 > nowMs) return undefined;
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}

function signatureOf(text: string, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
