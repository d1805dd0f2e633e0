// What a test asks of Thunderbird, in its own terms. Runs in the context of its main window.
"use strict";

const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");

function failed(what, status) {
  return new Error(`${what}: 0x${(status >>> 0).toString(16)}`);
}

/** Runs a URL of the IMAP service, and waits for its end. */
function url(what, start) {
  return new Promise((resolve, reject) => {
    start({
      QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
      OnStartRunningUrl() {},
      OnStopRunningUrl(_, status) {
        Components.isSuccessCode(status) ? resolve() : reject(failed(what, status));
      },
    });
  });
}

/** Runs a copy, a move or an append, and waits for its end. */
function copying(what, start) {
  return new Promise((resolve, reject) => {
    start({
      QueryInterface: ChromeUtils.generateQI(["nsIMsgCopyServiceListener"]),
      onStartCopy() {},
      onProgress() {},
      setMessageKey() {},
      getMessageId: () => null,
      onStopCopy(status) {
        Components.isSuccessCode(status) ? resolve() : reject(failed(what, status));
      },
    });
  });
}

/** Looks until it sees something; the test's own deadline ends it. */
async function until(look) {
  for (;;) {
    const seen = look();
    if (seen) {
      return seen;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The top folders of the dialog for subscriptions, once it says that it has them all. */
async function populated(list) {
  await new Promise((resolve) => {
    list.subscribeListener = {
      QueryInterface: ChromeUtils.generateQI(["nsISubscribeListener"]),
      OnItemSubscribed() {},
      OnItemUnsubscribed() {},
      OnDonePopulating: resolve,
    };
    list.startPopulating(null, true, false);
  });
  return children(list, "");
}

/** The folders within one; older versions of Thunderbird fail where there are none. */
function children(list, path) {
  try {
    return [...list.getChildURIs(path)];
  } catch {
    return [];
  }
}

function server() {
  return MailServices.accounts.accounts
    .map((account) => account.incomingServer)
    .find((one) => one.type === "imap");
}

/** A folder by its name on the server, such as `Work/2026`. */
function folder(name) {
  const found = server().rootFolder.descendants.find((one) => onServer(one) === name);
  if (!found) {
    throw new Error(`no folder ${name}`);
  }
  return found;
}

function onServer(one) {
  return one.QueryInterface(Ci.nsIMsgImapMailFolder).onlineName;
}

function headers(name) {
  return [...folder(name).messages];
}

function header(name, subject) {
  const found = headers(name).find((one) => one.mime2DecodedSubject === subject);
  if (!found) {
    throw new Error(`no message ${subject} in ${name}`);
  }
  return found;
}

const steps = {
  /** Sets the account up, as its dialog would, and signs in. */
  async account(user, password, port) {
    const origin = "imap://localhost";
    const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
    login.init(origin, null, origin, user, password, "", "");
    await Services.logins.addLoginAsync(login);
    const incoming = MailServices.accounts.createIncomingServer(user, "localhost", "imap");
    incoming.port = Number(port);
    incoming.socketType = Ci.nsMsgSocketType.SSL;
    incoming.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
    const account = MailServices.accounts.createAccount();
    const identity = MailServices.accounts.createIdentity();
    identity.email = user;
    account.addIdentity(identity);
    account.incomingServer = incoming;
    await url("sign in", (listener) => incoming.verifyLogon(listener, null));
    // On that connection it has not asked what the server can, and would use what it cannot.
    incoming.closeCachedConnections();
    return [];
  },

  /** The error that keeps an account from signing in. */
  async refused(...words) {
    try {
      await steps.account(...words);
    } catch (error) {
      return [error.message];
    }
    throw new Error("it signed in");
  },

  async discover() {
    await url("discover", (listener) =>
      MailServices.imap.discoverAllFolders(server().rootFolder, listener, null));
    return steps.folders();
  },

  folders() {
    return server().rootFolder.descendants.map(onServer).sort();
  },

  /** Has it look into a folder, and waits until it sees these subjects and no others. */
  async update(name, ...subjects) {
    folder(name).updateFolder(null);
    const wanted = subjects.sort().join("\n");
    await until(() => headers(name).map((one) => one.mime2DecodedSubject).sort().join("\n") === wanted);
    return [];
  },

  /** Waits for a message that the server tells of by itself. */
  async arrived(name, subject) {
    await until(() => headers(name).some((one) => one.mime2DecodedSubject === subject));
    return [];
  },

  /** Waits until a message that another client expunged is gone here. */
  async gone(name, subject) {
    await until(() => !headers(name).some((one) => one.mime2DecodedSubject === subject));
    return [];
  },

  /** Waits until another client's flag is seen here. */
  async flagged_elsewhere(name, subject) {
    await until(() => header(name, subject).isFlagged);
    return [];
  },

  /** Shows a message in the window: its text and the names of its attachments. */
  async show(name, subject) {
    const window = Services.wm.getMostRecentWindow("mail:3pane");
    const pane = window.document.getElementById("tabmail").currentAbout3Pane;
    pane.displayFolder(folder(name).URI);
    const wanted = header(name, subject);
    const row = await until(() => {
      const at = pane.gDBView?.findIndexOfMsgHdr(wanted, true);
      return at >= 0 && pane.gDBView.msgFolder === folder(name) ? { at } : null;
    });
    pane.threadTree.selectedIndex = row.at;
    const shown = await until(() => {
      const message = pane.messageBrowser.contentWindow;
      const text = message?.getMessagePaneBrowser?.()?.contentDocument?.body?.textContent;
      return message?.gMessage?.messageKey === wanted.messageKey && message.msgLoaded && text && { message, text };
    });
    const attachments = shown.message.currentAttachments;
    const contents = attachments.map(async (one) =>
      `${one.name}: ${new TextDecoder().decode(await one.fetchAttachment())}`);
    return [shown.text, ...(await Promise.all(contents))];
  },

  /** Shows no message any more; else it would show, and mark as read, the next one. */
  hide() {
    const window = Services.wm.getMostRecentWindow("mail:3pane");
    window.document.getElementById("tabmail").currentAbout3Pane.threadTree.selectedIndex = -1;
    return [];
  },

  mark_flagged(name, subject) {
    folder(name).markMessagesFlagged([header(name, subject)], true);
    return [];
  },

  mark_unread(name, subject) {
    folder(name).markMessagesRead([header(name, subject)], false);
    return [];
  },

  tag(name, subject, keyword) {
    folder(name).addKeywordsToMessages([header(name, subject)], keyword);
    return [];
  },

  /** Makes a folder in another, or at the top; gives its name on the server. */
  async create(parent, name) {
    const before = steps.folders();
    (parent ? folder(parent) : server().rootFolder).createSubfolder(name, null);
    return [await until(() => steps.folders().find((one) => !before.includes(one)))];
  },

  /** Deletes a folder as the key does, without its question: into the trash. */
  async remove_folder(name) {
    await url("delete", (listener) =>
      MailServices.imap.moveFolder(folder(name), folder("Trash"), listener, null));
    return [];
  },

  async rename(name, other) {
    folder(name).rename(other, null);
    await until(() => steps.folders().includes(other));
    return [];
  },

  async transfer(from, to, moving, ...subjects) {
    const messages = subjects.map((subject) => header(from, subject));
    await copying("copy", (listener) =>
      MailServices.copy.copyMessages(
        folder(from), messages, folder(to), moving === "move", listener, null, false));
    return [];
  },

  /** Deletes a message as the key does: to the trash. */
  async remove(name, subject) {
    await copying("delete", (listener) =>
      folder(name).deleteMessages([header(name, subject)], null, false, false, listener, false));
    return [];
  },

  async expunge(name) {
    await url("expunge", (listener) => folder(name).expunge(listener, null));
    return [];
  },

  /** Stores a file as a message, as it does with drafts and with what it has sent. */
  async append(name, path) {
    const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
    file.initWithPath(path);
    await copying("append", (listener) =>
      MailServices.copy.copyFileMessage(
        file, folder(name), null, false, Ci.nsMsgMessageFlags.Read, "", listener, null));
    return [];
  },

  /** Has the server search a folder for a text in one part of its messages. */
  async search(name, attribute, text) {
    const session = Cc["@mozilla.org/messenger/searchSession;1"].createInstance(Ci.nsIMsgSearchSession);
    const term = session.createTerm();
    term.attrib = Ci.nsMsgSearchAttrib[attribute];
    term.op = Ci.nsMsgSearchOp.Contains;
    const { value } = term;
    value.attrib = term.attrib;
    value.str = text;
    term.value = value;
    term.booleanAnd = true;
    session.appendTerm(term);
    session.addScopeTerm(Ci.nsMsgSearchScope.onlineMail, folder(name));
    const found = [];
    await new Promise((resolve, reject) => {
      const listener = {
        QueryInterface: ChromeUtils.generateQI(["nsIMsgSearchNotify"]),
        onNewSearch() {},
        onSearchHit: (one) => found.push(one.mime2DecodedSubject),
        onSearchDone: (status) =>
          Components.isSuccessCode(status) ? resolve() : reject(failed("search", status)),
      };
      session.registerListener(listener, Ci.nsIMsgSearchSession.allNotifications);
      session.search(null);
    });
    return found.sort();
  },

  /** What the server's folders are to the dialog for subscriptions: `name`, or `-name`. */
  async subscriptions() {
    const list = server().QueryInterface(Ci.nsISubscribableServer);
    const todo = await populated(list);
    const found = [];
    while (todo.length) {
      const path = todo.pop();
      found.push(list.isSubscribed(path) ? path : `-${path}`);
      todo.push(...children(list, path));
    }
    list.subscribeCleanup();
    return found.sort();
  },

  async unsubscribe(name) {
    const list = server().QueryInterface(Ci.nsISubscribableServer);
    list.unsubscribe(name);
    return [];
  },
};
