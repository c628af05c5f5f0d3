/**
 * Kaluma's `require`. The list of loaded modules is a property of the modules' constructor, to which only a module that
 * is being loaded leads.
 */
type Code = (exports: object, require: Require, module: Module) => void;
type Require = (name: string) => object;
interface Module {
  id: string;
  exports: object;
}

export interface Modules {
  require: Require;
  getBuiltinModule: (name: string) => Code;
}

/**
 * @param process on whose `getBuiltinModule` the program may put a function of its own
 * @param known names of all modules of Kaluma
 * @param makers make the exports of those that are simulated
 */
export function makeModules(
  process: () => Pick<Modules, 'getBuiltinModule'>,
  known: readonly string[],
  makers: Readonly<Record<string, () => object>>,
  notSimulated: (what: string) => Error,
): Modules {
  class KalumaModule implements Module {
    static cache: Record<string, KalumaModule | undefined> = {};
    id: string;
    exports: object = {};

    constructor(id: string) {
      this.id = id;
    }
  }
  const require: Require = (name) => {
    const { cache } = KalumaModule;
    const loaded = cache[name];
    if (loaded !== undefined) return loaded.exports;
    if (!known.includes(name)) throw new Error(`Failed to load module: ${name}`);
    const module = new KalumaModule(name);
    process().getBuiltinModule(name)(module.exports, require, module);
    cache[name] = module;
    return module.exports;
  };
  return {
    require,
    getBuiltinModule: (name) => (_exports, _require, module) => {
      if (!(name in makers)) throw notSimulated(`module ${name}`);
      module.exports = makers[name]();
    },
  };
}
