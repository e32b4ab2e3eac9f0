/** How HTTP executors of an agent prove who they are, as its flags say. */
import { readFile } from 'node:fs/promises';
import { AGENT_REALMS } from '../../actors/agent/api/api-node.ts';
import { authenticateByToken } from '../../actors/agent/executor-tokens.ts';
import { describeError } from '../../runtime/errors.ts';
import type { HttpAuthenticator } from '../../transport/http/authentication.ts';
import { ExitError } from '../exits.ts';
import type { FlagValues } from '../flags.ts';

/** @returns what tokens are signed with; undefined: there are none. @throws ExitError `usage` */
export async function readTokenKey({
  authenticateHttpExecutors,
  jwtSecretKey,
}: FlagValues): Promise<Uint8Array | undefined> {
  if (jwtSecretKey === undefined) {
    if (!authenticateHttpExecutors) return undefined;
    const sentence =
      'Executors can be asked for tokens only when there is a key to sign them with: --jwt-secret-key FILE';
    throw new ExitError('usage', sentence);
  }
  const key = await readFile(jwtSecretKey).catch((error: unknown) => {
    const sentence = `Cannot read the key of --jwt-secret-key "${jwtSecretKey}": ${describeError(error)}`;
    throw new ExitError('usage', `${sentence}; give a file that the agent may read`);
  });
  if (key.length > 0) return key;
  const sentence = `Cannot sign with the key of --jwt-secret-key "${jwtSecretKey}": the file is empty`;
  throw new ExitError('usage', `${sentence}; write the key into it`);
}

/** @returns undefined: nobody has to say who they are */
export function executorAuthenticator(
  { authenticateHttpExecutors }: FlagValues,
  key: Uint8Array | undefined,
): HttpAuthenticator | undefined {
  if (!authenticateHttpExecutors || key === undefined) return undefined;
  return (realm, { headers }) => {
    if (realm !== AGENT_REALMS.executor) return { kind: 'anonymous' };
    return authenticateByToken(headers['authorization'], { realm, key, nowMs: Date.now() });
  };
}
