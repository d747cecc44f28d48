// The health check of the service `mongo`: makes what is missing of replica set and users, in an order that a kill
// can't harm, then ends with 0 if the database can be written to. Run in its container by mongosh.
// Until the first user exists, MongoDB lets a client on localhost initiate the set and make that user, and no more.
const { MONGO_ROOT_PASSWORD, MONGO_PASSWORD } = process.env;
const HOST = "mongo:27017";
const PATIENCE_MS = 8000;

function ready() {
  const server = new Mongo("mongodb://127.0.0.1:27017/?directConnection=true&serverSelectionTimeoutMS=3000");
  const admin = server.getDB("admin");
  const known = signIn(admin);
  if (!admin.hello().setName) {
    check(admin.runCommand({ replSetInitiate: { _id: "rs0", members: [{ _id: 0, host: HOST }] } }));
  }
  awaitPrimary(admin);
  if (!known) makeRoot(admin);
  const trailers = server.getDB("trailers");
  if (!trailers.getUser("trailers")) {
    trailers.createUser({ user: "trailers", pwd: MONGO_PASSWORD, roles: [{ role: "readWrite", db: "trailers" }] });
  }
}

function signIn(admin) {
  try {
    return Boolean(admin.auth("root", MONGO_ROOT_PASSWORD).ok);
  } catch (error) {
    if (error.codeName === "AuthenticationFailed") return false; // nobody yet, or another password
    throw error;
  }
}

function makeRoot(admin) {
  try {
    admin.createUser({ user: "root", pwd: MONGO_ROOT_PASSWORD, roles: ["root"] });
  } catch (error) {
    if (error.codeName !== "Unauthorized") throw error;
    throw new Error("MONGO_ROOT_PASSWORD in .env is not the password that this database was made with");
  }
  admin.auth("root", MONGO_ROOT_PASSWORD);
}

function awaitPrimary(admin) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!admin.hello().isWritablePrimary) {
    if (Date.now() > deadline) throw new Error("not a writable primary");
    sleep(200);
  }
}

function check(answer) {
  if (!answer.ok) throw new Error(answer.errmsg);
}

try {
  ready();
} catch (error) {
  print(`not ready: ${error.message}`);
  quit(1);
}
