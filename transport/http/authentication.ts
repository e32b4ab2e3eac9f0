/**
 * Who asks: a port. Routes name the realm they belong to (`HttpRoute.realm`); the node is given one
 * function that says who a request comes from, before its body is read. Without that function nobody
 * has to say who they are.
 */
import {
  errorResponse,
  type HttpPrincipal,
  type HttpRequestHead,
  type HttpResponse,
} from './message.ts';

/** Must not throw because of what a client sent; when it does, the client gets 500. */
export type HttpAuthenticator = (
  realm: string,
  head: HttpRequestHead,
) => Authentication | Promise<Authentication>;

export type Authentication =
  | { readonly kind: 'principal'; readonly principal: HttpPrincipal }
  /** Nobody in particular, which is enough for this realm. */
  | { readonly kind: 'anonymous' }
  /** `challenges`: how to say who one is, one for each scheme: `Basic realm="…"`. */
  | { readonly kind: 'unauthorized'; readonly challenges: readonly string[] }
  /** It is known who asks, and they may not. `sentence` says why. */
  | { readonly kind: 'forbidden'; readonly sentence: string };

export function basicChallenge(realm: string): string {
  return `Basic realm="${realm.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** What `Authorization: Basic …` says. Source: RFC 7617. */
export interface BasicCredentials {
  readonly user: string;
  /** May hold colons. */
  readonly password: string;
}

/** @returns undefined when it is another scheme, or can't be read */
export function parseBasicCredentials(
  authorization: string | undefined,
): BasicCredentials | undefined {
  const [, token] = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i.exec(authorization ?? '') ?? [];
  if (token === undefined) return undefined;
  const text = Buffer.from(token, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The answer to who may not ask; undefined for who may. */
export function refusalOf(
  authentication: Authentication,
  { method, path }: Pick<HttpRequestHead, 'method' | 'path'>,
): HttpResponse | undefined {
  switch (authentication.kind) {
    case 'unauthorized': {
      const sentence = `Cannot ${method} "${path}": it is not known who asks; say so as www-authenticate tells`;
      const { status, headers, body } = errorResponse(401, 'unauthorized', sentence);
      const challenges = authentication.challenges.join(', ');
      return { status, headers: { ...headers, 'www-authenticate': challenges }, body: body ?? '' };
    }
    case 'forbidden': {
      const sentence = `Cannot ${method} "${path}": ${authentication.sentence}`;
      return errorResponse(403, 'forbidden', sentence);
    }
    default:
      return undefined;
  }
}
