//! Calls: closures, builtins, partial applications, functors.

use super::run::Next;
use super::{Evaluator, Result};
use crate::builtins::Builtin;
use crate::error::{At, Error, ErrorKind};
use crate::ir::*;
use crate::symbol::{Symbol, sym};
use crate::value::{Application, Attr, Attrs, Closure, Env, Mapping, MappingSource, Partial, Value, share};
use bt_diag::{Span, suggest};

/// No builtin takes more arguments.
const MAX_ARITY: usize = 4;

impl<'e> Evaluator<'e> {
    /// Evaluates a call up to the body of the last function, which the caller goes on with.
    pub(super) fn start_call(
        &self,
        call: &'e Call<'e>,
        env: &'e Env<'e>,
        last_call: &mut Option<(&'e Lambda<'e>, Span)>,
    ) -> Result<Next<'e>> {
        let mut function = self.eval(call.function, env).at(call.span)?;
        let mut arguments = call.arguments;
        loop {
            match function {
                Value::Closure(closure) => {
                    let lambda = closure.lambda;
                    let (inner, used) = match &lambda.parameter {
                        Parameter::Positional(1) => {
                            let argument = match lambda.needs {
                                Needs::Argument(0) => self.argument(arguments[0], env, lambda, call.span)?,
                                _ => self.delay(arguments[0], env),
                            };
                            (self.env_with(closure.env, 1, |_| argument), 1)
                        }
                        Parameter::Positional(count) => {
                            let count = *count as usize;
                            if arguments.len() < count {
                                return Ok(Next::Value(self.partial(function, arguments, env)));
                            }
                            match lambda.needs {
                                Needs::Operands => {
                                    let left = self.argument(arguments[0], env, lambda, call.span)?;
                                    let right = self.argument(arguments[1], env, lambda, call.span)?;
                                    function = self
                                        .apply_operator(lambda, left, right)
                                        .map_err(|error| self.call_frame(error, lambda, call.span))?;
                                    arguments = &arguments[2..];
                                    if arguments.is_empty() {
                                        return Ok(Next::Value(function));
                                    }
                                    continue;
                                }
                                Needs::Argument(needed) if needed < 4 => {
                                    let needed = needed as usize;
                                    let value = self.argument(arguments[needed], env, lambda, call.span)?;
                                    let delayed = |i| if i == needed { value } else { self.delay(arguments[i], env) };
                                    (self.env_with(closure.env, count, delayed), count)
                                }
                                _ => (self.env_with(closure.env, count, |i| self.delay(arguments[i], env)), count),
                            }
                        }
                        Parameter::Formals(formals) => {
                            let argument = self.eval(arguments[0].expr, env).at(call.span)?;
                            if lambda.observed != 0 {
                                let result = self.call_observed(closure, formals, argument, call.span)?;
                                arguments = &arguments[1..];
                                if arguments.is_empty() {
                                    return Ok(Next::Value(result));
                                }
                                function = result;
                                continue;
                            }
                            (self.bind_formals(closure, formals, argument).at(call.span)?, 1)
                        }
                    };
                    self.enter_call().at(call.span)?;
                    arguments = &arguments[used..];
                    *last_call = Some((lambda, call.span));
                    if arguments.is_empty() {
                        return Ok(Next::Run(lambda.body, inner));
                    }
                    function = self.eval(lambda.body, inner)?;
                }
                Value::Builtin(builtin) => {
                    let arity = builtin.arity as usize;
                    if arguments.len() < arity {
                        return Ok(Next::Value(self.partial(function, arguments, env)));
                    }
                    let mut values = [Value::Null; MAX_ARITY];
                    for (i, code) in arguments[..arity].iter().enumerate() {
                        values[i] = if builtin.strict & (1 << i) != 0 {
                            match self.eval(code.expr, env) {
                                Ok(value) => value,
                                Err(error) => {
                                    return Err(self.argument_error(builtin, &values[..i], error).at(call.span));
                                }
                            }
                        } else {
                            self.thunk(*code, env)
                        };
                    }
                    function = match self.call_builtin(builtin, &values[..arity]) {
                        Ok(value) => value,
                        Err(error) => {
                            let values = &values[..arity];
                            return Err(self.builtin_frame(error, builtin, values, arguments, call.span));
                        }
                    };
                    arguments = &arguments[arity..];
                    if arguments.is_empty() {
                        return Ok(Next::Value(function));
                    }
                }
                Value::Partial(_) => {
                    let values: Vec<Value<'e>> = arguments.iter().map(|code| self.thunk(*code, env)).collect();
                    return self.call(function, &values).at(call.span).map(Next::Value);
                }
                Value::Attrs(attrs) => function = self.functor(attrs).at(call.span)?,
                other => return Err(self.not_a_function(other).at(call.span)),
            }
        }
    }

    /// The value of an argument that the function needs before anything else.
    fn argument(&self, code: Code<'e>, env: &'e Env<'e>, lambda: &'e Lambda<'e>, span: Span) -> Result<Value<'e>> {
        match self.eval(code.expr, env) {
            Ok(value) => Ok(value),
            Err(error) => Err(self.call_frame(error.at(self.code_span(code.id)), lambda, span)),
        }
    }

    /// A function whose body is an operator on its arguments; see [`Needs::Operands`].
    fn apply_operator(&self, lambda: &'e Lambda<'e>, left: Value<'e>, right: Value<'e>) -> Result<Value<'e>> {
        match lambda.body {
            Expr::Binary(binary) => self.operate(binary, left, right),
            _ => Err(Error::new(ErrorKind::Other, "the body of the function is no operator")),
        }
    }

    fn partial(&self, function: Value<'e>, arguments: &[Code<'e>], env: &'e Env<'e>) -> Value<'e> {
        let arguments = self.arena.alloc_slice_fill_with(arguments.len(), |i| self.thunk(arguments[i], env));
        Value::Partial(self.arena.alloc(Partial { function, arguments }))
    }

    #[inline]
    fn call_builtin(&self, builtin: &'static Builtin, arguments: &[Value<'e>]) -> Result<Value<'e>> {
        self.force((builtin.run)(self, arguments)?)
    }

    /// The function that a set with `__functor` stands for.
    fn functor(&self, attrs: &'e Attrs<'e>) -> Result<Value<'e>> {
        match attrs.get(sym::FUNCTOR) {
            Some(functor) => {
                let functor = self.force_slot(&functor.value)?;
                self.guarded(|| self.call(functor, &[Value::Attrs(attrs)]))
            }
            None => Err(self.not_a_function(Value::Attrs(attrs))),
        }
    }

    /// Applies a function to values; they need not be evaluated.
    ///
    /// Errors: the value is not a function, or whatever the call raises.
    pub fn call(&self, function: Value<'e>, arguments: &[Value<'e>]) -> Result<Value<'e>> {
        let mut function = self.force(function)?;
        let mut arguments = arguments;
        while !arguments.is_empty() {
            let used;
            (function, used) = match function {
                Value::Closure(closure) => match &closure.lambda.parameter {
                    Parameter::Positional(count) => {
                        let count = *count as usize;
                        if arguments.len() < count {
                            return Ok(self.partial_of(function, &[], arguments));
                        }
                        if closure.lambda.needs == Needs::Operands {
                            let left = self.force(arguments[0])?;
                            let right = self.force(arguments[1])?;
                            function = self.apply_operator(closure.lambda, left, right)?;
                            arguments = &arguments[2..];
                            continue;
                        }
                        let env = self.env_with(closure.env, count, |i| arguments[i]);
                        (self.run_body(closure, env)?, count)
                    }
                    Parameter::Formals(formals) => {
                        let argument = self.force(arguments[0])?;
                        if closure.lambda.observed != 0 {
                            (self.call_observed(closure, formals, argument, Span::NONE)?, 1)
                        } else {
                            let env = self.bind_formals(closure, formals, argument)?;
                            (self.run_body(closure, env)?, 1)
                        }
                    }
                },
                Value::Builtin(builtin) => {
                    let arity = builtin.arity as usize;
                    if arguments.len() < arity {
                        return Ok(self.partial_of(function, &[], arguments));
                    }
                    (self.call_strict(builtin, &arguments[..arity])?, arity)
                }
                Value::Partial(partial) => {
                    let missing = arity(partial.function) - partial.arguments.len();
                    let used = missing.min(arguments.len());
                    if used < missing {
                        return Ok(self.partial_of(partial.function, partial.arguments, arguments));
                    }
                    let mut all = partial.arguments.to_vec();
                    all.extend_from_slice(&arguments[..used]);
                    (self.call(partial.function, &all)?, used)
                }
                Value::Attrs(attrs) => (self.functor(attrs)?, 0),
                other => return Err(self.not_a_function(other)),
            };
            arguments = &arguments[used..];
        }
        Ok(function)
    }

    fn call_strict(&self, builtin: &'static Builtin, arguments: &[Value<'e>]) -> Result<Value<'e>> {
        let mut values = [Value::Null; MAX_ARITY];
        for (i, argument) in arguments.iter().enumerate() {
            values[i] = if builtin.strict & (1 << i) != 0 {
                match self.force(*argument) {
                    Ok(value) => value,
                    Err(error) => return Err(self.argument_error(builtin, &values[..i], error)),
                }
            } else {
                *argument
            };
        }
        match self.guarded(|| self.call_builtin(builtin, &values[..arguments.len()])) {
            Ok(value) => Ok(value),
            Err(error) => Err(self.builtin_frame(error, builtin, &values[..arguments.len()], &[], Span::NONE)),
        }
    }

    fn partial_of(&self, function: Value<'e>, first: &[Value<'e>], then: &[Value<'e>]) -> Value<'e> {
        let arguments = self.arena.alloc_slice_fill_iter(
            // ExactSizeIterator is needed, so no chain.
            (0..first.len() + then.len()).map(|i| if i < first.len() { first[i] } else { then[i - first.len()] }),
        );
        Value::Partial(self.arena.alloc(Partial { function, arguments }))
    }

    fn run_body(&self, closure: &'e Closure<'e>, env: &'e Env<'e>) -> Result<Value<'e>> {
        let calls = self.calls.get();
        self.enter_call()?;
        let result = self.eval(closure.lambda.body, env);
        self.calls.set(calls);
        match result {
            Ok(value) => Ok(value),
            Err(error) => Err(self.call_frame(error, closure.lambda, closure.lambda.span)),
        }
    }

    /// A call that is evaluated when someone needs its value.
    pub fn delayed_call(&self, function: Value<'e>, arguments: &[Value<'e>]) -> Value<'e> {
        let mut values = [Value::Null; 2];
        values[..arguments.len()].copy_from_slice(arguments);
        let count = arguments.len() as u8;
        Value::Applied(self.arena.alloc(Application { function, arguments: values, count }))
    }

    /// The value of an element of a [`Mapping`].
    pub(super) fn element(&self, index: u32, mapping: &'e Mapping<'e>) -> Result<Value<'e>> {
        let at = index as usize;
        match mapping.source {
            MappingSource::Numbers => self.call(mapping.function, &[Value::Int(i64::from(index))]),
            MappingSource::List(list) => self.call(mapping.function, &[share(&list.items[at])]),
            MappingSource::Attrs(attrs) => {
                let name = self.string_in(self.symbols.name(attrs[at].name).as_bytes(), &[]);
                self.call(mapping.function, &[name, share(&attrs[at].value)])
            }
        }
    }

    /// The cells of a mapping over so many elements.
    pub(crate) fn mapping(&self, function: Value<'e>, source: MappingSource<'e>) -> impl Fn(usize) -> Value<'e> {
        let mapping = &*self.arena.alloc(Mapping { function, source });
        move |index| Value::Element(index as u32, mapping)
    }

    fn bind_formals(
        &self,
        closure: &'e Closure<'e>,
        formals: &'e FormalParameters<'e>,
        argument: Value<'e>,
    ) -> Result<&'e Env<'e>> {
        let Value::Attrs(attrs) = argument else { return Err(self.expected("a set", argument)) };
        let count = formals.formals.len();
        let env = self.env(Some(closure.env), count + usize::from(formals.binds_all));
        if formals.binds_all {
            env.slot(count as u32).set(argument);
        }
        let mut matched = 0;
        for (slot, formal) in env.cells().zip(formals.formals) {
            match attrs.get(formal.name) {
                Some(attr) => {
                    matched += 1;
                    slot.set(share(&attr.value));
                }
                None => match formal.default {
                    Some(default) => slot.set(self.delay_in_new_scope(default, env)),
                    None => return Err(self.missing_argument(closure.lambda, formals, formal, attrs)),
                },
            }
        }
        if !formals.ellipsis {
            let entries = attrs.entries(self.arena);
            if matched != entries.len() {
                return Err(self.unexpected_argument(closure.lambda, formals, entries));
            }
        }
        Ok(env)
    }

    /// The name of the binding whose value a function is.
    pub(super) fn known_name(&self, lambda: &Lambda<'e>) -> Option<&str> {
        match lambda.name {
            Some(name) => Some(self.symbols.name(name)),
            None => self.observations.name_of(lambda.observed),
        }
    }

    fn function_name(&self, lambda: &Lambda<'e>) -> &str {
        self.known_name(lambda).unwrap_or("anonymous lambda")
    }

    #[cold]
    fn missing_argument(
        &self,
        lambda: &Lambda<'e>,
        formals: &FormalParameters<'e>,
        formal: &Formal<'e>,
        given: &'e Attrs<'e>,
    ) -> Error {
        let (name, position) = (self.symbols.name(formal.name), formal.position);
        let message = format!("function '{}' called without required argument '{name}'", self.function_name(lambda));
        let error = Error::new(ErrorKind::Type, message)
            .related(Span::new(position, position + name.len() as u32), "required here");
        let known = |name: Symbol| formals.formals.iter().any(|f| f.name == name);
        let others = given.entries(self.arena).iter().filter(|a| !known(a.name)).map(|a| self.symbols.name(a.name));
        match suggest::nearest(name, others) {
            Some(near) => error.help(format!("the call passes '{near}'")),
            None => error,
        }
    }

    #[cold]
    fn unexpected_argument(&self, lambda: &Lambda<'e>, formals: &FormalParameters<'e>, entries: &[Attr<'e>]) -> Error {
        let known = |name: Symbol| formals.formals.iter().any(|f| f.name == name);
        let mut unexpected: Vec<(&str, u32)> =
            entries.iter().filter(|a| !known(a.name)).map(|a| (self.symbols.name(a.name), a.position())).collect();
        unexpected.sort_unstable();
        let (name, position) = unexpected.first().copied().unwrap_or(("", 0));
        let message = format!("function '{}' called with unexpected argument '{name}'", self.function_name(lambda));
        let mut error = Error::new(ErrorKind::Type, message);
        if position != 0 {
            error = error.related(Span::new(position, position + name.len() as u32), "this argument");
        }
        // Formals that have got their argument are not meant.
        let given = |name: Symbol| entries.iter().any(|a| a.name == name);
        let names = formals.formals.iter().filter(|f| !given(f.name)).map(|f| self.symbols.name(f.name));
        match suggest::nearest(name, names) {
            Some(near) => error.help(format!("did you mean '{near}'?")),
            None => error,
        }
    }

    /// A call of a function that someone wants to know of; the result remembers it.
    fn call_observed(
        &self,
        closure: &'e Closure<'e>,
        formals: &'e FormalParameters<'e>,
        argument: Value<'e>,
        span: Span,
    ) -> Result<Value<'e>> {
        let env = self.bind_formals(closure, formals, argument).at(span)?;
        let mark = self.observations.begin(closure.lambda.observed, argument, span);
        let result = self.run_body(closure, env);
        let result = match result {
            Ok(Value::Attrs(attrs)) => Ok(Value::Attrs(self.arena.alloc(attrs.marked(mark)))),
            Ok(other) => Ok(other),
            Err(error) => Err(self.call_frame(error, closure.lambda, span)),
        };
        self.observations.end(mark, result.as_ref().ok().copied());
        result
    }
}

/// How many arguments a function takes at once.
fn arity(function: Value<'_>) -> usize {
    match function {
        Value::Builtin(builtin) => builtin.arity as usize,
        Value::Closure(closure) => match closure.lambda.parameter {
            Parameter::Positional(count) => count as usize,
            Parameter::Formals(_) => 1,
        },
        _ => 1,
    }
}
