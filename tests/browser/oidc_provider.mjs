// An independent OpenID provider (npm: oidc-provider), set up as ID-porten is: pushed requests required, S256 required,
// private_key_jwt, `iss` in the answer, acr, pid and sid in the id_token, step up within the session, `onbehalfof`, logout started
// by the website, and a frame for each website to log out of (the library itself no longer knows front-channel logout).
// usage: node oidc_provider.mjs CONFIG.json    listens on 127.0.0.1
import { readFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import Provider, { interactionPolicy } from "oidc-provider";

const config = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const issuer = `http://127.0.0.1:${config.port}`;
const signingKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });

const levels = ["idporten-loa-substantial", "idporten-loa-high"];
const policy = interactionPolicy.base();
policy.get("login").checks.add(
  new interactionPolicy.Check("too_weak", "a stronger login is asked for", ({ oidc }) => {
    const asked = levels.indexOf(oidc.params.acr_values?.split(" ")[0]);
    return asked > levels.indexOf(oidc.session.acr) && !oidc.result?.login;
  }),
);
let onbehalfof; // of the last request: one test at a time

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
      backchannel_logout_uri: `${issuer}/nobody`, // makes the library put `sid` into the id_token
      backchannel_logout_session_required: true,
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
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource(context, form) {
        const query = new URLSearchParams({ iss: issuer, sid: context.oidc.session.sidFor(config.client_id) });
        const frames = (config.frontchannel_logout_uris ?? []).map((uri) => `<iframe src="${uri}?${query}" title="Website"></iframe>`);
        context.body = `<!doctype html><html lang="en"><title>Log out</title>${frames.join("")}${form}
          <button form="op.logoutForm" name="logout" value="yes">Log out</button></html>`;
      },
    },
  },
  extraParams: ["onbehalfof"],
  pkce: { required: () => true },
  acrValues: levels,
  claims: { openid: ["sub", "pid", "client_onbehalfof"], profile: ["locale", "given_name", "family_name"] },
  conformIdTokenClaims: false,
  interactions: { policy, url: (_context, interaction) => `/choose/${interaction.uid}` },
  findAccount: (_context, accountId) => ({ accountId, claims: () => ({ ...config.person, sub: accountId, client_onbehalfof: onbehalfof }) }),
  async loadExistingGrant(context) {
    const { account, client } = context.oidc;
    onbehalfof = context.oidc.params.onbehalfof;
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
    <p>On behalf of ${params.onbehalfof}</p>
    <form method="post" data-ui-locales="${params.ui_locales}"><button>Log in as ${config.person.given_name}</button></form></html>`;
});

provider.listen(config.port, "127.0.0.1");
