// An independent OpenID provider (npm: oidc-provider), set up as ID-porten is: pushed requests required, S256 required,
// private_key_jwt, `iss` in the answer, acr and pid in the id_token, logout started by the website.
// usage: node oidc_provider.mjs CONFIG.json    prints "ready" when it listens on 127.0.0.1
import { readFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const config = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const issuer = `http://127.0.0.1:${config.port}`;
const signingKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: config.client_id,
      redirect_uris: config.redirect_uris,
      post_logout_redirect_uris: config.post_logout_redirect_uris,
      response_types: ["code"],
      grant_types: ["authorization_code"],
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "RS256",
      id_token_signed_response_alg: "RS256",
      require_auth_time: true,
      jwks: { keys: [config.public_jwk] },
    },
  ],
  jwks: { keys: [{ ...signingKey, kid: "independent-1", use: "sig", alg: "RS256" }] },
  // A logout may come as a POST from the website (the standard demands it, ID-porten recommends it): then the session's cookie
  // must be one that crosses sites, and such cookies must be secure. Browsers take those from 127.0.0.1 without TLS.
  enableHttpPostMethods: true,
  cookies: { keys: ["made for one test run"], long: { sameSite: "none", secure: true }, short: { sameSite: "lax", secure: false } },
  features: {
    devInteractions: { enabled: false },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    rpInitiatedLogout: { enabled: true },
  },
  pkce: { required: () => true },
  acrValues: ["idporten-loa-substantial", "idporten-loa-high"],
  claims: { openid: ["sub", "pid"], profile: ["locale", "given_name", "family_name"] },
  conformIdTokenClaims: false,
  interactions: { url: (_context, interaction) => `/choose/${interaction.uid}` },
  findAccount: (_context, accountId) => ({ accountId, claims: () => ({ ...config.person, sub: accountId }) }),
  async loadExistingGrant(context) {
    const { account, client } = context.oidc;
    const grant = new context.oidc.provider.Grant({ accountId: account.accountId, clientId: client.clientId });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
});

const createContext = provider.createContext.bind(provider);
provider.createContext = (request, response) => {
  const context = createContext(request, response);
  context.cookies.secure = true; // else the library refuses to send a secure cookie without TLS
  return context;
};

provider.use(async (context, next) => {
  const uid = context.path.match(/^\/choose\/([^/]+)$/)?.[1];
  if (!uid) return next();
  const { params } = await provider.interactionDetails(context.req, context.res);
  if (context.method === "POST") {
    const login = { accountId: "somebody", acr: params.acr_values.split(" ")[0], amr: ["test"] };
    return provider.interactionFinished(context.req, context.res, { login });
  }
  context.type = "html";
  context.body = `<!doctype html><html lang="en"><title>Independent provider</title>
    <form method="post"><button>Log in as ${config.person.given_name}</button></form></html>`;
});

provider.listen(config.port, "127.0.0.1", () => console.log("ready"));
