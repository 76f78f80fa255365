# The notice to whoever has an account.
account-notice-subject = Your sign-in has changed
account-notice-greeting = Hello { $name }
account-notice-reset = An administrator has reset your sign-in: password, one-time codes and recovery codes are over, and you are signed out everywhere. The new link comes from the administrator, not in this mail.
account-notice-password = Your password has been changed, and you are signed out elsewhere.
account-notice-second-factor = Your app for one-time codes has been changed, and you are signed out elsewhere.
account-notice-not-you = Did you not know of it? Tell an administrator at once.
