'use strict';
/* Before a filled form is sent, asks whether its user is still logged in, and if not asks for the login above the form:
   what was typed stays where it is. The login itself is the site's own, with its limits and its second factor. */
document.addEventListener('DOMContentLoaded', () => {
  const dialog = document.getElementById('login-again');
  const login = dialog.querySelector('form');
  const { login: name, password, code } = login.elements;
  const user = name.value;
  const [why, said] = login.querySelectorAll('p');
  const ended = why.textContent;
  const unreachable = document.querySelector('.unreachable');
  let waiting = null; // the form that is to be saved, and the button by which

  const session = async () => (await fetch(dialog.dataset.session)).json();

  const renew = (token) => {
    for (const field of document.querySelectorAll('[name=csrfmiddlewaretoken]')) field.value = token;
  };

  const send = ({ form, button }) => {
    form.dataset.loginAgain = 'sent';
    form.requestSubmit(button);
    form.dataset.loginAgain = '';
  };

  const ask = (other) => {
    why.textContent = other ? `${other} ${why.dataset.other}` : ended;
    said.textContent = password.value = code.value = '';
    code.closest('.field').hidden = true;
    dialog.returnValue = '';
    dialog.showModal();
  };

  const unlessUnreachable = async (work) => {
    unreachable.hidden = true;
    try {
      await work();
    } catch {
      if (dialog.open) said.textContent = unreachable.textContent;
      else {
        unreachable.hidden = false;
        waiting = null;
      }
    }
  };

  for (const form of document.querySelectorAll('form[data-login-again]')) {
    // In the capturing phase, ahead of what takes a submit for the end of the page.
    form.addEventListener('submit', (event) => {
      if (form.dataset.loginAgain === 'sent') return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (waiting) return;
      waiting = { form, button: event.submitter };
      unlessUnreachable(async () => {
        const found = await session();
        if (found.user !== user) return ask(found.user);
        renew(found.token);
        send(waiting);
        waiting = null;
      });
    }, true);
  }

  /* What a page of the login answers: who is logged in then, or the page that asks for more or says no. */
  const post = async (address, fields) => {
    const { token } = await session();
    const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: token, next: dialog.dataset.session });
    const answer = await fetch(address, { method: 'POST', body });
    if (!answer.headers.get('Content-Type').startsWith('text/html')) return answer.json();
    return { page: new DOMParser().parseFromString(await answer.text(), 'text/html') };
  };

  const attempt = async () => {
    const found = await session();
    if (found.user && found.user !== user) await post(dialog.dataset.logout, {});
    const answer = code.dataset.address
      ? await post(code.dataset.address, { code: code.value })
      : await post(login.action, { login: user, password: password.value });
    if (answer.user === user) {
      renew(answer.token);
      dialog.close('save');
    } else if (answer.page) {
      refused(answer.page);
    }
  };

  const refused = (page) => {
    const errors = [...page.querySelectorAll('.errorlist li')].map((error) => error.textContent);
    const second = page.querySelector('form input[name=code]');
    code.dataset.address = second ? second.form.getAttribute('action') : '';
    code.closest('.field').hidden = !second;
    said.textContent = errors.join(' ') || (second ? '' : 'Refused. Wait a minute, then try again.');
    (second ? code : password).select();
  };

  login.addEventListener('submit', (event) => {
    event.preventDefault();
    unlessUnreachable(attempt);
  });
  login.querySelector('[value=back]').addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    const save = waiting;
    waiting = null;
    password.value = code.value = code.dataset.address = '';
    if (dialog.returnValue === 'save') send(save);
  });
});
