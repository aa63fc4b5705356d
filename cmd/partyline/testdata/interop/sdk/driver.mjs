// Calls the vendors' client libraries as it is told on standard input, one JSON
// object a line, and answers with one on standard output.
//
//   {"sdk": "twilio", "account": SID, "token": TOKEN, "steps": [...]}
//
// The steps lead from a new client to a result: "name" is a property, and
// ["name", ...] a call with the rest as arguments. The answer holds value or
// error, and the requests that were made.
import readline from 'node:readline';
import Telnyx from 'telnyx';
import twilio from 'twilio';

const base = process.argv[2];

function newTelnyx({ token }, requests) {
  const fetching = (url, init) => {
    requests.push(`${init.method} ${String(url).slice(base.length)}`);
    return fetch(url, init);
  };
  return new Telnyx({ apiKey: token, baseURL: `${base}/v2`, fetch: fetching });
}

// The Twilio library knows no other base address, but lets its HTTP client be
// replaced.
function newTwilio({ account, token }, requests) {
  class Client extends twilio.RequestClient {
    request(options) {
      const path = options.uri.replace('https://api.twilio.com', '');
      requests.push(`${options.method.toUpperCase()} ${path}`);
      return super.request({ ...options, uri: base + path });
    }
  }
  return twilio(account, token, { httpClient: new Client() });
}

const clients = { telnyx: newTelnyx, twilio: newTwilio };

async function run(command) {
  const requests = [];
  try {
    let at = clients[command.sdk](command, requests);
    for (const step of command.steps) {
      const [name, ...args] = [step].flat(1);
      at = Array.isArray(step) ? at[name](...args) : at[name];
    }
    return { value: await at, requests };
  } catch (e) {
    return {
      error: { name: e.constructor.name, status: e.status, code: e.code, message: e.message, body: e.error },
      requests,
    };
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await run(JSON.parse(line))));
}
