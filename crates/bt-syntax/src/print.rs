//! Syntax trees as `nix-instantiate --parse` prints them: operators as calls where Nix makes calls of them, every
//! operation in parentheses, paths absolute, bindings sorted.

use crate::ast::*;
use crate::text::{float_text, push_attribute_name, push_quoted};

/// Prints a tree; `resolve` makes a path literal's first piece (`./a/`, `~/a`, `/a`) absolute.
pub fn print(expr: &Expr<'_>, resolve: &dyn Fn(&str) -> String) -> String {
    let mut printer = Printer { out: String::new(), resolve, depth: 0 };
    printer.expr(expr);
    printer.out
}

/// Whether Nix makes a call of the expression, which takes the arguments of a call around it.
fn is_call(expr: &Expr<'_>) -> bool {
    use BinaryOp::{Div, Less, More, Mul, PipeLeft, PipeRight, Sub};
    match expr.kind {
        ExprKind::Call { .. } | ExprKind::SearchPath(_) | ExprKind::Negate(_) => true,
        ExprKind::Binary(op, ..) => matches!(op, Sub | Mul | Div | Less | More | PipeLeft | PipeRight),
        _ => false,
    }
}

struct Printer<'r> {
    out: String,
    resolve: &'r dyn Fn(&str) -> String,
    depth: u32,
}

impl Printer<'_> {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn expr(&mut self, expr: &Expr<'_>) {
        self.depth += 1;
        if self.depth.is_multiple_of(16) {
            stacker::maybe_grow(128 << 10, 4 << 20, || self.expr_inner(expr));
        } else {
            self.expr_inner(expr);
        }
        self.depth -= 1;
    }

    fn expr_inner(&mut self, expr: &Expr<'_>) {
        match &expr.kind {
            ExprKind::Int(number) => self.push(&number.to_string()),
            ExprKind::Float(number) => self.push(&float_text(*number)),
            ExprKind::Str(parts) => self.string(parts),
            ExprKind::Path(parts) => self.path(parts),
            ExprKind::SearchPath(text) => {
                self.push("(__findFile __nixPath ");
                push_quoted(text, &mut self.out);
                self.push(")");
            }
            ExprKind::Ident(name) => self.push(name),
            ExprKind::CurPos => self.push("__curPos"),
            ExprKind::Select { subject, path, default } => {
                self.push("(");
                self.expr(subject);
                self.push(").");
                self.attr_path(path);
                if let Some(default) = default {
                    self.push(" or (");
                    self.expr(default);
                    self.push(")");
                }
            }
            ExprKind::HasAttr { subject, path } => {
                self.push("((");
                self.expr(subject);
                self.push(") ? ");
                self.attr_path(path);
                self.push(")");
            }
            ExprKind::Call { function, arguments } => {
                // `f or` is always a call of its own.
                if is_call(function) && !matches!(arguments, [Expr { kind: ExprKind::Ident("or"), .. }]) {
                    self.open_call(function);
                } else {
                    self.push("(");
                    self.expr(function);
                }
                for argument in *arguments {
                    self.push(" ");
                    self.expr(argument);
                }
                self.push(")");
            }
            ExprKind::Lambda(lambda) => self.lambda(lambda),
            ExprKind::AttrSet(set) => self.set(set),
            ExprKind::Let { bindings, body } => {
                self.push("(let ");
                self.bindings(&bindings.bindings.borrow());
                self.push("in ");
                self.expr(body);
                self.push(")");
            }
            ExprKind::LegacyLet(set) => {
                self.push("(");
                self.set(set);
                self.push(").body");
            }
            ExprKind::List(items) => {
                self.push("[ ");
                for item in *items {
                    self.push("(");
                    self.expr(item);
                    self.push(") ");
                }
                self.push("]");
            }
            ExprKind::If(condition, then, otherwise) => {
                self.push("(if ");
                self.expr(condition);
                self.push(" then ");
                self.expr(then);
                self.push(" else ");
                self.expr(otherwise);
                self.push(")");
            }
            ExprKind::Assert(condition, body) => {
                self.push("assert ");
                self.expr(condition);
                self.push("; ");
                self.expr(body);
            }
            ExprKind::With(namespace, body) => {
                self.push("(with ");
                self.expr(namespace);
                self.push("; ");
                self.expr(body);
                self.push(")");
            }
            ExprKind::Binary(op, _, left, right) => self.binary(*op, left, right),
            ExprKind::Not(operand) => {
                self.push("(! ");
                self.expr(operand);
                self.push(")");
            }
            ExprKind::Negate(operand) => {
                self.push("(__sub 0 ");
                self.expr(operand);
                self.push(")");
            }
        }
    }

    fn infix(&mut self, left: &Expr<'_>, operator: &str, right: &Expr<'_>) {
        self.push("(");
        self.expr(left);
        self.push(operator);
        self.expr(right);
        self.push(")");
    }

    fn call(&mut self, function: &str, left: &Expr<'_>, right: &Expr<'_>) {
        self.push("(");
        self.push(function);
        self.push(" ");
        self.expr(left);
        self.push(" ");
        self.expr(right);
        self.push(")");
    }

    fn not_less(&mut self, left: &Expr<'_>, right: &Expr<'_>) {
        self.push("(! ");
        self.call("__lessThan", left, right);
        self.push(")");
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr<'_>, right: &Expr<'_>) {
        match op {
            BinaryOp::Concat => self.infix(left, " ++ ", right),
            BinaryOp::Update => self.infix(left, " // ", right),
            BinaryOp::Add => self.infix(left, " + ", right),
            BinaryOp::And => self.infix(left, " && ", right),
            BinaryOp::Or => self.infix(left, " || ", right),
            BinaryOp::Implies => self.infix(left, " -> ", right),
            BinaryOp::Equal => self.infix(left, " == ", right),
            BinaryOp::NotEqual => self.infix(left, " != ", right),
            BinaryOp::Sub => self.call("__sub", left, right),
            BinaryOp::Mul => self.call("__mul", left, right),
            BinaryOp::Div => self.call("__div", left, right),
            BinaryOp::Less => self.call("__lessThan", left, right),
            BinaryOp::More => self.call("__lessThan", right, left),
            BinaryOp::LessOrEqual => self.not_less(right, left),
            BinaryOp::MoreOrEqual => self.not_less(left, right),
            BinaryOp::PipeRight => self.pipe(right, left),
            BinaryOp::PipeLeft => self.pipe(left, right),
        }
    }

    fn pipe(&mut self, function: &Expr<'_>, argument: &Expr<'_>) {
        if !is_call(function) {
            return self.infix(function, " ", argument);
        }
        self.open_call(function);
        self.push(" ");
        self.expr(argument);
        self.push(")");
    }

    /// A call without its closing parenthesis: more arguments follow.
    fn open_call(&mut self, call: &Expr<'_>) {
        self.expr(call);
        self.out.pop();
    }

    fn string(&mut self, parts: &[StrPart<'_>]) {
        match parts {
            [] => self.push("\"\""),
            [StrPart::Text(text)] => push_quoted(text, &mut self.out),
            parts => {
                self.push("(");
                self.parts(parts);
                self.push(")");
            }
        }
    }

    fn parts(&mut self, parts: &[StrPart<'_>]) {
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                self.push(" + ");
            }
            match part {
                StrPart::Text(text) => push_quoted(text, &mut self.out),
                StrPart::Interpolation(expr) => self.expr(expr),
            }
        }
    }

    fn path(&mut self, parts: &[StrPart<'_>]) {
        let Some((StrPart::Text(first), rest)) = parts.split_first() else { return };
        let mut start = (self.resolve)(first);
        if rest.is_empty() {
            return self.push(&start);
        }
        // What is interpolated is a component of its own.
        if first.ends_with('/') && !start.ends_with('/') {
            start.push('/');
        }
        self.push("(");
        self.push(&start);
        self.push(" + ");
        self.parts(rest);
        self.push(")");
    }

    fn attr_path(&mut self, path: &[AttrName<'_>]) {
        for (i, name) in path.iter().enumerate() {
            if i > 0 {
                self.push(".");
            }
            match name {
                AttrName::Static(name, _) => push_attribute_name(name, &mut self.out),
                AttrName::Dynamic(expr, _) => self.computed_name(expr),
            }
        }
    }

    fn computed_name(&mut self, expr: &Expr<'_>) {
        self.push("\"${");
        self.expr(expr);
        self.push("}\"");
    }

    fn lambda(&mut self, lambda: &Lambda<'_>) {
        self.push("(");
        match &lambda.parameter {
            Parameter::Ident(name, _) => self.push(name),
            Parameter::Formals { formals, ellipsis, binding } => {
                self.push("{ ");
                let mut sorted: Vec<&Formal<'_>> = formals.iter().collect();
                sorted.sort_by_key(|f| f.name);
                for (i, formal) in sorted.into_iter().enumerate() {
                    if i > 0 {
                        self.push(", ");
                    }
                    self.push(formal.name);
                    if let Some(default) = formal.default {
                        self.push(" ? ");
                        self.expr(default);
                    }
                }
                if *ellipsis {
                    self.push(if formals.is_empty() { "..." } else { ", ..." });
                }
                self.push(" }");
                if let Some((name, _)) = binding {
                    self.push(" @ ");
                    self.push(name);
                }
            }
        }
        self.push(": ");
        self.expr(lambda.body);
        self.push(")");
    }

    fn set(&mut self, set: &AttrSet<'_>) {
        self.push(if set.recursive { "rec { " } else { "{ " });
        self.bindings(&set.bindings.borrow());
        self.push("}");
    }

    /// What is inherited comes first, then what is inherited from somewhere, then the rest.
    fn bindings(&mut self, bindings: &Bindings<'_>) {
        let mut entries: Vec<&Entry<'_>> = bindings.entries.iter().collect();
        entries.sort_by_key(|e| e.name);
        let named = |wanted: fn(&EntryValue<'_>) -> bool| entries.iter().filter(move |e| wanted(&e.value));
        let mut inherited = named(|value| matches!(value, EntryValue::Inherit)).peekable();
        if inherited.peek().is_some() {
            self.push("inherit");
            inherited.for_each(|entry| self.inherited_name(entry.name));
            self.push("; ");
        }
        for (index, from) in bindings.inherit_from.iter().enumerate() {
            let of_this = |e: &&&Entry<'_>| matches!(e.value, EntryValue::InheritFrom(i) if i as usize == index);
            let mut names = entries.iter().filter(of_this).peekable();
            if names.peek().is_some() {
                self.push("inherit (");
                self.expr(from);
                self.push(")");
                names.for_each(|entry| self.inherited_name(entry.name));
                self.push("; ");
            }
        }
        for entry in &entries {
            if let EntryValue::Expr(value) = entry.value {
                push_attribute_name(entry.name, &mut self.out);
                self.push(" = ");
                self.expr(value);
                self.push("; ");
            }
        }
        for entry in bindings.dynamic.iter() {
            self.computed_name(entry.name);
            self.push(" = ");
            self.expr(entry.value);
            self.push("; ");
        }
    }

    fn inherited_name(&mut self, name: &str) {
        self.push(" ");
        push_attribute_name(name, &mut self.out);
    }
}
