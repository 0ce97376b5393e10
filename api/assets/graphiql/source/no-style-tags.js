// Stands in for react-style-singleton, which adds <style> elements to lock scrolling behind dialogs. The page does not
// scroll, and its content security policy allows style sheets from files only.
export const styleSingleton = () => () => null;
export const styleHookSingleton = () => () => undefined;
export const stylesheetSingleton = () => ({ add() {}, remove() {} });
